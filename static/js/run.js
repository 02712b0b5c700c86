/**
 * What a capture run and a record run share: bytes go into the outbox in order, each with its digest, and from
 * there to the server; the page says that it is alive; the numbers that a page shows are kept here.
 */

import { Alive } from "./alive.js";
import { api } from "./api.js";
import { sha256Hex } from "./digest.js";
import { holdRun, openOutbox } from "./outbox.js";
import { Uploader } from "./uploader.js";

export class Run extends EventTarget {
  /**
   * Start on the server, then here.
   * @param {"capture"|"recording"} kind
   * @param {string} account
   * @param {object} values of the start
   */
  static async prepare(kind, account, values) {
    const outbox = await openOutbox(account);
    const id = crypto.randomUUID();
    const list = kind === "capture" ? "/captures" : "/recordings";
    const made = await api("POST", list, { json: { ...values, client_id: id } });
    const run = {
      id,
      kind,
      path: `/api/v1${list}/${made.id}`,
      name: made.name,
      url: `${list}/${made.id}/`,
      startedAt: Date.now(),
      end: null,
    };
    const release = await holdRun(id);
    await outbox.putRun(run);
    return { outbox, run, release, made };
  }

  constructor({ outbox, run, release, made }) {
    super();
    this.outbox = outbox;
    this.run = run;
    this.release = release;
    this.state = {
      id: made.id,
      url: run.url,
      startedAt: run.startedAt,
      kept: 0,
      keptBytes: 0,
      waiting: 0,
      waitingBytes: 0,
      offlineSince: null,
      signedOut: false,
      setAside: 0,
      trouble: null,
    };
    this.sizes = new Map();
    this.putting = Promise.resolve();
    this.alive = new Alive(`${run.path}/alive`);
    this.uploader = new Uploader(outbox, run);
    this.uploader.addEventListener("kept", ({ detail }) => this.#onKept(detail));
    this.uploader.addEventListener("aside", ({ detail }) => this.#onAside(detail));
    this.uploader.addEventListener("state", () => {
      this.update({ offlineSince: this.uploader.offlineSince, signedOut: this.uploader.signedOut });
    });
  }

  /** Change what the page shows, and say so. */
  update(changes) {
    Object.assign(this.state, changes);
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Bytes into the outbox, strictly in the order of the calls, then to the uploader.
   * @param {number} number @param {ArrayBuffer|Promise<ArrayBuffer>} data
   */
  keepHere(number, data, { type, takenAtMs = null, size }) {
    this.sizes.set(number, size);
    this.update({ waiting: this.state.waiting + 1, waitingBytes: this.state.waitingBytes + size });
    const put = async () => {
      const bytes = await data;
      const sha256 = await sha256Hex(bytes);
      await this.outbox.put({ run: this.run.id, number, data: bytes, size, sha256, type, takenAtMs });
      this.uploader.add(number);
    };
    this.putting = this.putting.then(put).catch((error) => this.onOutboxFull(number, error));
    return this.putting;
  }

  /** The browser's storage took no more. What is kept stays; this piece is lost and is counted as such. */
  onOutboxFull(number, error) {
    this.#leave(number);
    this.update({ outboxFull: error?.name === "QuotaExceededError" });
  }

  /** Everything handed over has a receipt, or is set aside. */
  async drain() {
    await this.putting;
    await this.uploader.drained();
  }

  /** Tell the server the end, as often as it takes, then let go of the run. @param {object} end */
  async finish(end, tell) {
    await this.outbox.putRun({ ...this.run, end });
    await this.drain();
    const answer = await tell(this.run, end);
    await this.letGo();
    return answer;
  }

  async letGo() {
    this.alive.stop();
    await this.uploader.stop();
    await this.outbox.forgetRun(this.run.id);
    this.release?.();
  }

  onKept() {}

  #onKept({ number, size }) {
    this.#leave(number);
    this.update({ kept: this.state.kept + 1, keptBytes: this.state.keptBytes + size });
    this.onKept(number);
  }

  #onAside({ number }) {
    this.#leave(number);
    this.update({ setAside: this.state.setAside + 1 });
    this.onKept(number);
  }

  #leave(number) {
    const size = this.sizes.get(number) ?? 0;
    this.sizes.delete(number);
    this.state.waiting -= 1;
    this.state.waitingBytes -= size;
  }
}
