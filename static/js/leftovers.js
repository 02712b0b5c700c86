/**
 * What an interrupted tab left in the outbox of this account: sent by any page of it, by itself. A tab that is alive
 * holds its run and is never disturbed; when it dies, a page that is open takes over.
 */

import { endAsHeld, tellEnd } from "./ending.js";
import { holdRun } from "./hold-run.js";
import { Uploader } from "./uploader.js";

const LOOK_AGAIN_MS = 15_000;

/**
 * @typedef {object} News of one run of which something waited
 * @property {string} name
 * @property {string} url of its page
 * @property {"capture"|"recording"} kind
 * @property {number} waiting how many frames or chunks
 * @property {number} size bytes that were kept by this page
 * @property {number} aside how many the server refused just now
 * @property {string} detail of its last refusal
 * @property {{offlineSince: number|null, fullSince: number|null, signedOut: boolean}} state what is in the way
 * @property {boolean} done
 */

/** Looks at once and from time to time. Event: "news", whenever `news` changed. */
export class Delivery extends EventTarget {
  /** @param {import("./outbox.js").Outbox} outbox @param {string} account */
  constructor(outbox, account) {
    super();
    this.outbox = outbox;
    this.account = account;
    /** @type {Map<string, News>} by run */
    this.news = new Map();
    this.elsewhere = new Set(); // runs that another tab holds
    /** @type {Map<string, Promise<void>>} by run: what is being delivered */
    this.underWay = new Map();
    this.uploaders = new Set();
    this.stopped = false;
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_AGAIN_MS);
  }

  /** Resolves when everything that was found is sent, or is being tried. */
  look() {
    if (this.stopped) return Promise.resolve();
    this.looking ??= this.#deliverAll().catch(console.error).finally(() => (this.looking = null));
    return this.looking;
  }

  get sent() {
    return this.look().then(() => Promise.all(this.underWay.values()));
  }

  /** Send no more; what waits stays. Safe twice. */
  stop() {
    this.stopped = true;
    clearInterval(this.timer);
    for (const uploader of this.uploaders) uploader.stop();
  }

  /** One after the other, oldest first, so that one is whole soon; but what the server cannot take holds up no other. */
  async #deliverAll() {
    for (const { id } of await this.outbox.runs()) {
      if (this.stopped) return;
      if (this.underWay.has(id)) continue;
      const release = await holdRun(id);
      if (!release) {
        this.elsewhere.add(id);
        continue;
      }
      await new Promise((goOn) => {
        const delivering = this.#deliver(id, goOn).catch(remark).finally(() => {
          this.underWay.delete(id);
          release();
          goOn();
        });
        this.underWay.set(id, delivering);
      });
    }
  }

  /** @param {() => void} goOn called when the next run may be sent as well */
  async #deliver(id, goOn) {
    this.elsewhere.delete(id);
    const found = await this.outbox.getRun(id);
    if (!found) return; // its tab has finished it meanwhile
    const run = { ...found, account: this.account };
    const numbers = await this.outbox.numbers(id);
    if (numbers.length) await this.#send(run, numbers, goOn);
    if (this.stopped) return;
    goOn();
    const end = run.end ?? (await endAsHeld(run, numbers.length > 0));
    if (end) await tellEnd(run, end);
    await this.outbox.forgetRun(id);
    if (numbers.length) this.#tell(id, { waiting: 0, done: true });
  }

  async #send(run, numbers, goOn) {
    const { id, name, url, kind } = run;
    const uploader = new Uploader(this.outbox, run, numbers);
    const news = { name, url, kind, waiting: numbers.length, size: 0, aside: 0, detail: "", done: false };
    this.uploaders.add(uploader);
    this.news.set(id, { ...news, state: uploader.state });
    uploader.addEventListener("kept", ({ detail: { size } }) =>
      this.#tell(id, { size: this.news.get(id).size + size, waiting: uploader.waiting }));
    uploader.addEventListener("aside", ({ detail: { detail } }) =>
      this.#tell(id, { aside: this.news.get(id).aside + 1, detail, waiting: uploader.waiting }));
    uploader.addEventListener("state", () => this.#tell(id, { state: uploader.state }));
    uploader.addEventListener("troubled", goOn);
    this.#tell(id, {});
    await uploader.drained();
    await uploader.stop();
    this.uploaders.delete(uploader);
  }

  #tell(id, changes) {
    this.news.set(id, { ...this.news.get(id), ...changes });
    this.dispatchEvent(new Event("news"));
  }
}

/** What fails here waits for the next look; private files may be out of reach for a moment. */
function remark(error) {
  if (error.name !== "InvalidStateError") console.error(error);
}
