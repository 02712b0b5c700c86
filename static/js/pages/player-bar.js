/** The bar under the player: one picture back or forward, when it is shown, speed, the picture as a file, the keys.
 *
 *  The browser's own controls do everything else. The server sends the bar hidden; without this file nobody misses it.
 */

import { clock } from "../format.js";
import { PictureSteps, pictureOf } from "../picture-steps.js";
import { PictureTimes } from "../picture-times.js";
import { fillSelect, say, setText } from "../ui.js";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
const SAID_MS = 6000;

const WORDS = {
  first: "This is the first picture.",
  last: "This is the last picture.",
  unknown: "The server did not tell when the pictures are shown. Try again.",
  elsewhere: "This video comes from a bucket: the browser lets no page copy its pictures. "
    + "“Pictures out of it” makes them on the server.",
  failed: "The browser could not make a picture of it.",
};

let bar = null;

/** Make a bar of what is on the page now, and again when that part of it is replaced. */
export function startBar() {
  begin();
  document.addEventListener("parts", begin);
}

function begin() {
  const root = document.querySelector(".player-bar");
  const player = document.getElementById("player");
  if (!root || !player || bar?.root === root) return;
  bar = new PlayerBar(root, player);
}

/** Do what a button of the bar does: back, forward, picture, keys, slower, faster. False: it is not there now. */
export function act(name) {
  if (!bar?.root.isConnected || !(name in bar.acts)) return false;
  bar.acts[name]();
  return true;
}

class PlayerBar {
  #steps = null;
  #times = null;
  #saying = 0;

  constructor(root, player) {
    this.root = root;
    this.player = player;
    this.acts = { keys: showKeys, slower: () => this.#faster(-1), faster: () => this.#faster(1) };
    if (player.matches("video")) {
      Object.assign(this.acts, {
        back: () => this.#step(-1), forward: () => this.#step(1), picture: () => this.#download(),
      });
      this.#times = new PictureTimes(root.dataset.pictures, player);
      this.#steps = new PictureSteps(player, this.#times, (seconds) => this.#showTime(seconds));
    }
    root.addEventListener("click", ({ target }) => this.acts[target.closest("[data-act]")?.dataset.act]?.());
    this.#fillSpeeds();
    root.hidden = false;
  }

  // Speed -----------------------------------------------------------------------------------

  #fillSpeeds() {
    const select = this.root.querySelector("select");
    select.addEventListener("change", () => { this.player.playbackRate = Number(select.value); });
    const show = () => {
      const { playbackRate } = this.player; // the browser's own menu may set others
      const rates = SPEEDS.includes(playbackRate) ? SPEEDS : [...SPEEDS, playbackRate].sort((a, b) => a - b);
      fillSelect(select, rates.map((rate) => ({ value: String(rate), label: `${rate}×` })), String(playbackRate));
    };
    this.player.addEventListener("ratechange", show);
    show();
  }

  #faster(direction) {
    const { playbackRate } = this.player;
    const next = direction > 0
      ? SPEEDS.find((rate) => rate > playbackRate)
      : SPEEDS.findLast((rate) => rate < playbackRate);
    if (next) this.player.playbackRate = next;
    say(`${this.player.playbackRate}×`);
  }

  // Pictures --------------------------------------------------------------------------------

  async #step(direction) {
    try {
      const time = await this.#steps.step(direction);
      if (time === null) return this.#say(direction > 0 ? WORDS.last : WORDS.first);
      this.#say("");
      this.#showTime(time);
    } catch {
      this.#say(WORDS.unknown);
    }
  }

  #showTime(seconds) {
    setText(this.root.querySelector(".player-time"), exactly(seconds));
  }

  async #download() {
    try {
      const { blob, mediaTime } = await pictureOf(this.player);
      const time = await (mediaTime === null ? this.#steps.shown() : this.#times.nearest(mediaTime));
      save(blob, `${this.root.dataset.stem} ${fileTime(time ?? this.player.currentTime)}.png`);
      this.#say(`The picture of ${exactly(time ?? this.player.currentTime)} is in your downloads.`);
    } catch (error) {
      this.#say(this.#reason(error));
    }
  }

  #reason({ name }) {
    if (name === "SecurityError") return WORDS.elsewhere;
    return name === "NoAnswer" || name === "ProblemError" ? WORDS.unknown : WORDS.failed;
  }

  #say(sentence) {
    const words = this.root.querySelector(".player-said");
    setText(words, sentence);
    clearTimeout(this.#saying);
    if (sentence) this.#saying = setTimeout(() => setText(words, ""), SAID_MS);
  }
}

function showKeys() {
  const dialog = document.getElementById("keys-dialog");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

/** 4.233 -> "0:04.233" */
function exactly(seconds) {
  const ms = Math.round(seconds * 1000);
  return `${clock(ms)}.${String(ms % 1000).padStart(3, "0")}`;
}

/** 64.033 -> "00-01-04.033", as the pictures in a set of them are named. */
function fileTime(seconds) {
  const ms = Math.round(seconds * 1000);
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const parts = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map(two);
  return `${parts.join("-")}.${String(ms % 1000).padStart(3, "0")}`;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download reads it meanwhile
}
