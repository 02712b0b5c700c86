/**
 * Sends what waits in the outbox of one run, oldest first, until everything has a receipt.
 *
 * A refusal that may pass, and no answer at all, are tried again for ever: an unknown outcome is sent again,
 * which is harmless, because the server knows numbers and digests. What is refused for good is set aside.
 *
 * Events: "kept" {number, size}, "aside" {number, code, detail}, "state" when one of `offlineSince`, `fullSince`
 * (epoch ms or null) and `signedOut` changed, "troubled" when the server has refused again and again for a reason
 * that may pass.
 */

import { NoAnswer, ProblemError } from "./errors.js";
import { delayAfter, pause } from "./retry.js";
import { CHUNKS_AT_A_TIME, sendChunk, sendFrames } from "./sending.js";
import { isUnknownToServer } from "./sign-in.js";

const LANES = { capture: 1, recording: CHUNKS_AT_A_TIME }; // requests at a time
const GATHER_MS = 500; // frames of that long make one batch, and one durable barrier on the server
const BATCH_FRAMES = 60;
const BATCH_BYTES = { first: 1024 * 1024, least: 128 * 1024, most: 8 * 1024 * 1024 };
const BATCH_TAKES_MS = 4000; // what a batch may take on a slow link: a broken one costs no more than that
const SIGN_IN_LOOK_MS = 3000;
const SERVER_FULL = 507;
const TROUBLED_AFTER = 3; // refusals in a row

export class Uploader extends EventTarget {
  /**
   * @param {import("./outbox.js").Outbox} outbox
   * @param {import("./outbox.js").Run} run
   * @param {number[]} numbers those that wait already, in order
   */
  constructor(outbox, run, numbers = []) {
    super();
    this.outbox = outbox;
    this.run = run;
    this.queue = [...numbers];
    this.flying = new Set();
    this.state = { offlineSince: null, fullSince: null, signedOut: false };
    this.failures = 0;
    this.rest = Promise.resolve(); // until then nobody tries again
    this.batchBytes = BATCH_BYTES.first;
    this.hurried = false;
    this.behind = false; // more waits than one request may hold
    this.stopping = new AbortController();
    this.changed = new Bell();
    this.lanes = Array.from({ length: LANES[run.kind] }, () => this.#lane(this.stopping.signal));
  }

  get waiting() {
    return this.queue.length + this.flying.size;
  }

  /** Bytes under this number lie in the outbox now. */
  add(number) {
    this.queue.push(number);
    this.changed.ring();
  }

  /** Resolves when nothing waits; until then nothing is gathered, everything is sent at once. */
  async drained() {
    this.hurried = true;
    this.changed.ring();
    while (this.waiting && !this.stopping.signal.aborted) await this.changed.heard();
  }

  /** Stop sending; what waits stays in the outbox. Safe twice. */
  async stop() {
    this.stopping.abort();
    this.changed.ring();
    await Promise.all(this.lanes);
  }

  async #lane(signal) {
    while (!signal.aborted) {
      await this.rest;
      if (signal.aborted) return;
      if (!this.queue.length) {
        await this.changed.heard();
        continue;
      }
      const began = performance.now();
      const numbers = []; // of this request; they fly until they have a receipt or are put back
      try {
        const items = await this.#take(numbers);
        if (items.length) await this.#send(items, signal);
        if (this.run.kind === "capture") await this.#gather(began, signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#failed(error, numbers);
      } finally {
        this.#putBack(numbers);
      }
    }
  }

  /** The next items for one request. @param {number[]} numbers gets theirs */
  async #take(numbers) {
    const items = [];
    let size = 0;
    const most = this.run.kind === "capture" ? BATCH_FRAMES : 1;
    while (this.queue.length && items.length < most && size < this.batchBytes) {
      const number = this.queue.shift();
      this.flying.add(number);
      numbers.push(number);
      const item = await this.outbox.get(this.run.id, number);
      if (item) {
        items.push(item);
        size += item.size;
      } else {
        this.#landed("kept", { number, size: 0 }); // it was sent before
      }
    }
    this.behind = this.queue.length > 0;
    return items;
  }

  async #send(items, signal) {
    const began = performance.now();
    const { path, kind } = this.run;
    const { kept, refused, trouble } = await (kind === "capture"
      ? sendFrames(path, items, signal)
      : sendChunk(path, items[0], signal));
    await this.#forget(kept);
    for (const refusal of refused) await this.#setAside(refusal);
    if (trouble) throw trouble;
    this.failures = 0;
    this.#note({ offlineSince: null, fullSince: null, signedOut: false });
    this.#adapt(items, performance.now() - began);
  }

  /** Batches as large as this link carries in a few seconds. */
  #adapt(items, ms) {
    const bytes = items.reduce((sum, item) => sum + item.size, 0);
    const fitting = (bytes / Math.max(ms, 1)) * BATCH_TAKES_MS;
    this.batchBytes = Math.min(BATCH_BYTES.most, Math.max(BATCH_BYTES.least, fitting));
  }

  /** Let some frames come together, unless there are many, or somebody waits for the end. */
  async #gather(began, signal) {
    const until = began + GATHER_MS;
    const enough = () => this.hurried || this.behind || this.queue.length >= BATCH_FRAMES;
    while (!enough() && !signal.aborted && performance.now() < until) {
      await this.changed.heard(until - performance.now());
    }
  }

  async #forget(items) {
    if (!items.length) return;
    await this.outbox.forget(this.run.id, items.map((item) => item.number));
    for (const { number, size } of items) this.#landed("kept", { number, size });
  }

  async #setAside({ number, code, detail }) {
    await this.outbox.setAside(this.run.id, number, { code, detail });
    this.#landed("aside", { number, code, detail });
  }

  #landed(event, detail) {
    if (!this.flying.delete(detail.number)) return; // another lane had told of it
    this.dispatchEvent(new CustomEvent(event, { detail }));
    this.changed.ring();
  }

  #putBack(numbers) {
    const back = numbers.filter((number) => this.flying.delete(number));
    if (back.length) this.queue = [...back, ...this.queue].sort((a, b) => a - b);
  }

  async #failed(error, numbers) {
    const isProblem = error instanceof ProblemError;
    const isUnknown = isProblem && (await isUnknownToServer(error, this.run.account));
    if (isProblem && (error.isFinal || isUnknown)) return this.#refused(error, numbers);
    // The outbox cannot be read, or we made a mistake: neither is the server's word, so nothing is given up.
    if (!(isProblem || error instanceof NoAnswer)) console.error(error);
    this.failures += 1;
    const now = Date.now();
    this.#note({
      offlineSince: error instanceof NoAnswer ? (this.state.offlineSince ?? now) : null,
      fullSince: error.status === SERVER_FULL ? (this.state.fullSince ?? now) : null,
      signedOut: isProblem && error.needsSignIn,
    });
    const isAnswered = isProblem && !this.state.signedOut;
    if (isAnswered && this.failures >= TROUBLED_AFTER) this.dispatchEvent(new Event("troubled"));
    const wait = this.state.signedOut ? SIGN_IN_LOOK_MS : delayAfter(this.failures, error);
    this.rest = pause(wait, this.stopping.signal);
  }

  /** The whole request is refused. */
  async #refused(error, numbers) {
    if (error.status === 413 && numbers.length > 1) {
      this.batchBytes = Math.floor(this.batchBytes / 2); // together they were too large
      return;
    }
    if (error.status === 410) for (const number of this.queue.splice(0)) this.flying.add(number); // deleted: all of it
    const refused = error.status === 410 ? this.flying : numbers;
    for (const number of [...refused]) await this.#setAside({ number, code: error.code, detail: error.detail });
  }

  #note(state) {
    const before = this.state;
    if (Object.keys(state).every((name) => state[name] === before[name])) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

/** Waits that end when it rings. */
class Bell {
  #waiting = [];

  ring() {
    for (const heard of this.#waiting.splice(0)) heard();
  }

  /** @param {number} [ms] at the latest */
  heard(ms) {
    return new Promise((resolve) => {
      const timer = ms === undefined ? null : setTimeout(resolve, ms);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
