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
    this.uploader = null;
    this.stopped = false;
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_AGAIN_MS);
  }

  /** Resolves when nothing waits but what another tab holds. */
  look() {
    if (this.stopped) return Promise.resolve();
    this.looking ??= this.#deliverAll().catch(console.error).finally(() => (this.looking = null));
    return this.looking;
  }

  get sent() {
    return this.look();
  }

  /** Send no more; what waits stays. Safe twice. */
  stop() {
    this.stopped = true;
    clearInterval(this.timer);
    this.uploader?.stop();
  }

  async #deliverAll() {
    for (const { id } of await this.outbox.runs()) {
      const release = await holdRun(id);
      if (!release) this.elsewhere.add(id);
      else await this.#deliver(id).finally(release);
      if (this.stopped) return;
    }
  }

  async #deliver(id) {
    this.elsewhere.delete(id);
    const found = await this.outbox.getRun(id);
    if (!found) return; // its tab has finished it meanwhile
    const run = { ...found, account: this.account };
    const numbers = await this.outbox.numbers(id);
    if (numbers.length) await this.#send(run, numbers);
    if (this.stopped) return;
    const end = run.end ?? (await endAsHeld(run, numbers.length > 0));
    if (end) await tellEnd(run, end);
    await this.outbox.forgetRun(id);
    if (numbers.length) this.#tell(id, { waiting: 0, done: true });
  }

  async #send(run, numbers) {
    const { id, name, url, kind } = run;
    const uploader = new Uploader(this.outbox, run, numbers);
    const news = { name, url, kind, waiting: numbers.length, size: 0, aside: 0, detail: "", done: false };
    this.uploader = uploader;
    this.news.set(id, { ...news, state: uploader.state });
    uploader.addEventListener("kept", ({ detail: { size } }) =>
      this.#tell(id, { size: this.news.get(id).size + size, waiting: uploader.waiting }));
    uploader.addEventListener("aside", ({ detail: { detail } }) =>
      this.#tell(id, { aside: this.news.get(id).aside + 1, detail, waiting: uploader.waiting }));
    uploader.addEventListener("state", () => this.#tell(id, { state: uploader.state }));
    this.#tell(id, {});
    await uploader.drained();
    await uploader.stop();
    this.uploader = null;
  }

  #tell(id, changes) {
    this.news.set(id, { ...this.news.get(id), ...changes });
    this.dispatchEvent(new Event("news"));
  }
}
