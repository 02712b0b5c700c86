/** What a capture run tells the server of its sampling: what was asked for, taken and dropped and why, how evenly, and
 *  how well the times are known. All of it in memory that has an end. docs/time.md defines each figure. */

import { Spread } from "./spread.js";

const MOST_DROPS = 100; // the server takes no more
const SAME_DROP_MS = 10_000; // drops of one reason so near to each other are told as one

export class SamplingReport {
  #word = 0;
  #taken = 0;
  #extra = 0;
  #dropped = {}; // reason -> how many
  #drops = [];
  #jitter = new Spread();
  #errors = new Spread();
  #last = null;

  /** @param {number} fps frames per second asked for */
  constructor(fps) {
    this.period = 1000 / fps;
  }

  /** @param {number} takenAtMs epoch ms, by the server's clock @param {number} errorMs
   *  @param {boolean} isExtra asked for besides the rate */
  take(takenAtMs, errorMs, isExtra) {
    this.#taken += 1;
    this.#errors.add(errorMs);
    if (isExtra) {
      this.#extra += 1;
      return;
    }
    if (this.#last !== null) this.#jitter.add(this.#offBeat(takenAtMs - this.#last));
    this.#last = takenAtMs;
  }

  /** @param {number} count @param {string} reason @param {number} atMs epoch ms, by the server's clock */
  drop(count, reason, atMs) {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
    const at_ms = Math.round(atMs);
    const last = this.#drops.findLast((drop) => drop.reason === reason);
    if (last && at_ms - last.at_ms < SAME_DROP_MS) last.count += count;
    else this.#drops = [...this.#drops, { reason, at_ms, count }].slice(-MOST_DROPS);
  }

  /** A frame that was taken is lost after all. */
  lose(reason, atMs) {
    this.#taken -= 1;
    this.drop(1, reason, atMs);
  }

  get droppedCount() {
    return Object.values(this.#dropped).reduce((sum, count) => sum + count, 0);
  }

  /** The next word for the server. @param {string} way @param {object|null} clock of server-clock.js */
  say(way, clock) {
    return {
      number: this.#word++,
      way,
      requested_count: this.#taken - this.#extra + this.droppedCount,
      taken_count: this.#taken,
      extra_count: this.#extra,
      dropped: { ...this.#dropped },
      drops: this.#drops.map((drop) => ({ ...drop })),
      jitter_p50_ms: this.#jitter.at(0.5),
      jitter_p95_ms: this.#jitter.at(0.95),
      taken_at_error_ms: this.#errors.at(0.95),
      clock,
    };
  }

  /** How far an interval is from what was asked for. Where frames between were dropped, which is counted as such, from
   *  that many times it. */
  #offBeat(interval) {
    const beats = Math.max(1, Math.round(interval / this.period));
    return Math.abs(interval - beats * this.period);
  }
}
