/** The Studio and the outbox: what an interrupted tab had left goes up, what was refused is told, and whether this
 *  device keeps what waits. */

import { askToPersist, deviceRoom } from "../device-room.js";
import { Delivery } from "../leftovers.js";
import { openOutbox } from "../outbox.js";
import { groups, leftover, setAsideLine } from "../words-outbox.js";
import { MAY_BE_CLEARED } from "./studio-check.js";
import * as view from "./studio-view.js";

export class StudioOutbox {
  /** @param {string} account @param {() => void} onRoom when `room` is known anew */
  constructor(account, onRoom) {
    this.account = String(account);
    this.onRoom = onRoom;
    /** @type {(import("../device-room.js").DeviceRoom & {keeps: boolean})|null} */
    this.room = null;
  }

  async begin() {
    this.outbox = await openOutbox(this.account).catch(() => null);
    this.look();
    if (!this.outbox) return;
    this.tellAside();
    const delivery = new Delivery(this.outbox, this.account);
    const tell = () => {
      for (const [run, news] of delivery.news) view.showNews(run, leftover(news), news.done);
    };
    delivery.addEventListener("news", tell);
    tell();
  }

  /** How much room there is now. */
  async look() {
    if (this.outbox === undefined) return;
    this.room = { ...(await deviceRoom()), keeps: this.outbox !== null };
    this.onRoom();
  }

  /** Something is about to be kept: now the browser is asked not to clear it. */
  async persist() {
    const refused = await askToPersist().catch(() => false);
    if (!refused) return;
    view.showNews("storage", { tone: "", sign: "info", strong: MAY_BE_CLEARED, text: "What is on the server stays." });
  }

  /** What the server refused for good, of all runs. */
  async tellAside() {
    const found = this.outbox ? groups(await this.outbox.asides()) : [];
    view.showNews("aside", found.length ? setAsideLine(found) : null);
  }
}
