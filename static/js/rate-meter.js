/** The rate that was achieved over the last minute, by the times at which frames were taken. */

const WINDOW_MS = 60_000;

export class RateMeter {
  /** @param {number} fps frames per second asked for */
  constructor(fps) {
    this.period = 1000 / fps;
    this.times = [];
  }

  /** @param {number} takenAtMs epoch milliseconds */
  add(takenAtMs) {
    this.times.push(takenAtMs);
    this.#forget(takenAtMs);
  }

  /**
   * @param {number} now epoch milliseconds
   * @returns {number|null} frames per second; null before two frames tell anything
   */
  at(now) {
    this.#forget(now);
    if (this.times.length < 2) return null;
    // A camera that gives nothing any more must not look as fast as it was.
    const overdue = now - this.times.at(-1) > 2 * this.period;
    const end = overdue ? now : this.times.at(-1);
    return ((this.times.length - 1) * 1000) / (end - this.times[0]);
  }

  /** What is older than a minute, but never the two that a slow rate is told by. */
  #forget(now) {
    const oldest = now - Math.max(WINDOW_MS, 3 * this.period);
    while (this.times.length > 2 && this.times[0] < oldest) this.times.shift();
  }
}
