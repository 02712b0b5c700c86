/**
 * Sends what waits in the outbox of one run, oldest first, until everything has a receipt.
 *
 * A refusal that may pass, and no answer at all, are tried again for ever: an unknown outcome is sent again,
 * which is harmless, because the server knows numbers and digests. What is refused for good is set aside.
 *
 * Events: "kept" {number, size}, "aside" {number, code, detail}, "state" (offlineSince, signedOut changed).
 */

import { api } from "./api.js";
import { BATCH_TYPE, buildBatch } from "./batch.js";
import { contentDigest } from "./digest.js";
import { NoAnswer, ProblemError } from "./errors.js";
import { delayAfter, pause } from "./retry.js";

const BATCH_FRAMES = 30;
const BATCH_BYTES = 4 * 1024 * 1024;
const SIGN_IN_LOOK_MS = 3000;

export class Uploader extends EventTarget {
  /**
   * @param {import("./outbox.js").Outbox} outbox
   * @param {import("./outbox.js").Run} run
   * @param {number[]} numbers those that wait already
   */
  constructor(outbox, run, numbers = []) {
    super();
    this.outbox = outbox;
    this.run = run;
    this.queue = [...numbers];
    this.offlineSince = null;
    this.signedOut = false;
    this.failures = 0;
    this.stopping = new AbortController();
    this.wake = () => {};
    this.idle = [];
    this.loop = this.#send();
  }

  /** Bytes under this number lie in the outbox now. */
  add(number) {
    this.queue.push(number);
    this.wake();
  }

  get waiting() {
    return this.queue.length;
  }

  /** Resolves when nothing waits. */
  drained() {
    return this.queue.length ? new Promise((resolve) => this.idle.push(resolve)) : Promise.resolve();
  }

  /** Stop sending; what waits stays in the outbox. Safe twice. */
  async stop() {
    this.stopping.abort();
    this.wake();
    await this.loop;
  }

  async #send() {
    const signal = this.stopping.signal;
    while (!signal.aborted) {
      if (!this.queue.length) {
        this.idle.splice(0).forEach((resolve) => resolve());
        await new Promise((resolve) => (this.wake = resolve));
        continue;
      }
      try {
        await (this.run.kind === "capture" ? this.#sendBatch(signal) : this.#sendChunk(signal));
        this.#answered();
      } catch (error) {
        if (signal.aborted) return;
        await this.#failed(error, signal);
      }
    }
  }

  async #sendBatch(signal) {
    const items = await this.#nextItems();
    if (!items.length) return;
    const body = buildBatch(items);
    const answer = await api("POST", `${this.run.path}/frames`, { body, headers: { "Content-Type": BATCH_TYPE }, signal });
    const kept = [];
    for (const [index, receipt] of answer.receipts.entries()) {
      const item = items[index];
      if (receipt.status < 300) kept.push(item);
      else if (!new ProblemError(receipt).mayPass) await this.#setAside(item.number, receipt);
    }
    await this.#keep(kept);
  }

  /** As many waiting frames as fit into one request. */
  async #nextItems() {
    const items = [];
    let size = 0;
    for (const number of this.queue.slice(0, BATCH_FRAMES)) {
      const item = await this.outbox.get(this.run.id, number);
      if (!item) {
        this.#leave(number); // another tab had sent it
        continue;
      }
      if (items.length && size + item.size > BATCH_BYTES) break;
      items.push(item);
      size += item.size;
    }
    return items;
  }

  async #sendChunk(signal) {
    const number = this.queue[0];
    const item = await this.outbox.get(this.run.id, number);
    if (!item) return this.#leave(number);
    const headers = { "Content-Type": "application/octet-stream", "Content-Digest": contentDigest(item.sha256) };
    try {
      await api("PUT", `${this.run.path}/chunks/${number}`, { body: item.data, headers, signal });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.mayPass || error.needsSignIn) throw error;
      return this.#setAside(number, error);
    }
    return this.#keep([item]);
  }

  async #keep(items) {
    if (!items.length) return;
    await this.outbox.forget(this.run.id, items.map((item) => item.number));
    for (const { number, size } of items) {
      this.#leave(number);
      this.dispatchEvent(new CustomEvent("kept", { detail: { number, size } }));
    }
  }

  async #setAside(number, { code, detail }) {
    await this.outbox.setAside(this.run.id, number, { code, detail });
    this.#leave(number);
    this.dispatchEvent(new CustomEvent("aside", { detail: { number, code, detail } }));
  }

  #leave(number) {
    const at = this.queue.indexOf(number);
    if (at >= 0) this.queue.splice(at, 1);
  }

  #answered() {
    this.failures = 0;
    this.#note(null, false);
  }

  async #failed(error, signal) {
    if (error instanceof ProblemError && !error.mayPass && !error.needsSignIn) {
      // The run as a whole is refused (deleted, gone): nothing of it will ever be taken.
      for (const number of [...this.queue]) await this.#setAside(number, error);
      return;
    }
    this.failures += 1;
    const signedOut = error instanceof ProblemError && error.needsSignIn;
    this.#note(error instanceof NoAnswer ? (this.offlineSince ?? Date.now()) : null, signedOut);
    await pause(signedOut ? SIGN_IN_LOOK_MS : delayAfter(this.failures, error), signal);
  }

  #note(offlineSince, signedOut) {
    if (offlineSince === this.offlineSince && signedOut === this.signedOut) return;
    this.offlineSince = offlineSince;
    this.signedOut = signedOut;
    this.dispatchEvent(new Event("state"));
  }
}
