/**
 * What a capture run and a record run share: bytes go into the outbox in order, each with its digest, and from
 * there to the server; the page says that it is alive; the numbers that a page shows are kept here.
 *
 * Event: "change", whenever `state` changed.
 */

import { Alive } from "./alive.js";
import { api, csrfToken } from "./api.js";
import { endPath, tellEnd } from "./ending.js";
import { holdRun } from "./hold-run.js";
import { openOutbox } from "./outbox.js";
import { Uploader } from "./uploader.js";

const LISTS = { capture: "captures", recording: "recordings" };

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
    const made = await api("POST", `/${LISTS[kind]}`, { json: { ...values, client_id: id } });
    const run = {
      id,
      account,
      kind,
      path: `/api/v1/${LISTS[kind]}/${made.id}`,
      name: made.name,
      url: `/${LISTS[kind]}/${made.id}/`,
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
      fullSince: null,
      signedOut: false,
      outboxFull: false,
      setAside: 0,
      trouble: null,
    };
    this.sizes = new Map();
    this.putting = Promise.resolve();
    this.puttingBytes = 0; // handed over, not in the outbox yet: what is in memory
    this.lostFrom = Infinity; // the first number that the outbox did not take; none is taken after it
    this.alive = new Alive(`${run.path}/alive`);
    this.uploader = new Uploader(outbox, run);
    this.uploader.addEventListener("kept", ({ detail }) => this.#onKept(detail));
    this.uploader.addEventListener("aside", ({ detail }) => this.#onAside(detail));
    this.uploader.addEventListener("state", () => this.update(this.uploader.state));
    this.listening = new AbortController();
    const { signal } = this.listening;
    globalThis.addEventListener?.("beforeunload", () => this.onPerhapsLeaving(), { signal });
    globalThis.addEventListener?.("pagehide", () => this.onLeaving(), { signal });
  }

  /** Change what the page shows, and say so. */
  update(changes) {
    Object.assign(this.state, changes);
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Bytes into the outbox, strictly in the order of the calls, then to the uploader.
   * @param {number} number @param {ArrayBuffer|Blob} data
   * @param {{type: string, takenAtMs?: number|null, size: number}} facts
   */
  keepHere(number, data, facts) {
    this.sizes.set(number, facts.size);
    this.puttingBytes += facts.size;
    this.update({ waiting: this.state.waiting + 1, waitingBytes: this.state.waitingBytes + facts.size });
    this.putting = this.putting
      .then(() => this.#put(number, data, facts))
      .catch(() => this.#lose(number))
      .finally(() => (this.puttingBytes -= facts.size));
  }

  async #put(number, data, { type, takenAtMs = null }) {
    if (number > this.lostFrom) throw new Error("an earlier one was not taken");
    await this.outbox.put({ run: this.run.id, number, data, type, takenAtMs });
    this.uploader.add(number);
  }

  /** This device has no room: what is kept stays, this piece and all after it are lost; the run stops. */
  #lose(number) {
    this.lostFrom = Math.min(this.lostFrom, number);
    this.#leave(number);
    this.onLost(number);
    this.update({ outboxFull: true });
    this.stop("device-full");
  }

  /** Everything handed over has a receipt, or is set aside; then the server hears the end. @param {object} end */
  async finish(end) {
    // On a full device even this may not fit; it is only for a visit after this page.
    await this.outbox.putRun({ ...this.run, end }).catch(() => {});
    await this.uploader.drained();
    await tellEnd(this.run, end);
    this.listening.abort();
    this.alive.stop();
    await this.uploader.stop();
    await this.outbox.forgetRun(this.run.id);
    this.release?.();
  }

  /** The page goes away. What is said now may arrive; what lies in the outbox will. */
  lastWord(method, path, body, type) {
    const headers = { "X-CSRFToken": csrfToken(), "Content-Type": type };
    fetch(path, { method, body, headers, keepalive: true }).catch(() => {});
  }

  lastEnd(end) {
    this.lastWord("POST", endPath(this.run), JSON.stringify(end), "application/json");
  }

  /** For those who build on this; `stop` is theirs too. */
  onAside(number) {
    this.onKept(number);
  }

  onKept() {}
  onLost() {}
  onPerhapsLeaving() {}
  onLeaving() {}

  #onKept({ number, size }) {
    this.#leave(number);
    this.state.kept += 1;
    this.state.keptBytes += size;
    this.onKept(number);
    this.update({});
  }

  #onAside({ number }) {
    this.#leave(number);
    this.state.setAside += 1;
    this.onAside(number);
    this.update({});
  }

  #leave(number) {
    const size = this.sizes.get(number) ?? 0;
    this.sizes.delete(number);
    this.state.waiting -= 1;
    this.state.waitingBytes -= size;
  }
}
