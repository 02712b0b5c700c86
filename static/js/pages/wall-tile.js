/** One tile of the wall: its picture, and how old that is. */

import { byId, setShown, setText } from "../ui.js";

const OLD_MS = 5000; // from then on the age is told in amber

export class WallTile {
  number = null; // of the frame shown
  changedAt = 0;
  isInSight = true; // until it is known better
  #shownMs = null; // when the frame shown came to the server
  #intervalMs = 0;

  constructor(root) {
    this.root = root;
    this.picture = root.querySelector("img");
    this.age = root.querySelector(".tile-age");
  }

  static made(id) {
    const root = byId("wall-tile").content.firstElementChild.cloneNode(true);
    root.dataset.id = id;
    return new WallTile(root);
  }

  get id() {
    return this.root.dataset.id;
  }

  get hasEnded() {
    return this.root.dataset.state === "ended";
  }

  /** @param {object} entry what the server says of it */
  tell(entry) {
    if (this.root.dataset.state !== entry.state) this.root.dataset.state = entry.state;
    setText(this.root.querySelector(".card-title"), entry.title);
    setText(this.root.querySelector(".card-facts"), entry.facts);
    const link = this.root.querySelector("a");
    if (link.getAttribute("href") !== entry.url) link.href = entry.url;
    this.#shownMs ??= entry.picture_ms; // of the picture that came with the page
  }

  showBlob(blob, entry) {
    const before = this.picture.src;
    this.picture.src = URL.createObjectURL(blob);
    if (before.startsWith("blob:")) URL.revokeObjectURL(before);
    this.#shown(entry);
  }

  showAddress(entry) {
    if (!entry.picture_url || this.picture.getAttribute("src") === entry.picture_url) return;
    this.picture.src = entry.picture_url;
    this.#shown(entry);
  }

  #shown(entry) {
    this.number = entry.number;
    this.changedAt = performance.now();
    if (this.#shownMs && entry.picture_ms > this.#shownMs) this.#intervalMs = entry.picture_ms - this.#shownMs;
    this.#shownMs = entry.picture_ms;
    setShown(this.picture, true);
  }

  /** @param {number} now by the server's clock @param {{ago: string, nothing: string}} words */
  sayAge(now, words, ago) {
    if (this.#shownMs === null) return setText(this.age, this.hasEnded ? "" : words.nothing);
    const age = Math.max(now - this.#shownMs, 0);
    setText(this.age, words.ago.replace("{span}", ago(age)));
    this.age.toggleAttribute("data-old", age > Math.max(OLD_MS, 2 * this.#intervalMs));
  }

  end() {
    this.root.dataset.state = "ended";
  }

  remove() {
    if (this.picture.src.startsWith("blob:")) URL.revokeObjectURL(this.picture.src);
    this.root.remove();
  }
}
