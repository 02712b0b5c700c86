/**
 * The time of day of a camera's frames.
 *
 * A frame's own timestamp is exact, but counts from a start that no standard names; the moment it reaches us is on
 * our clock, but late by a lag that changes. The smallest lag seen lately is taken for none: it maps one to the other.
 */

const SETTLE_MS = 300; // long enough to see a frame that was not held up
const LATELY_MS = 30_000; // two clocks drift apart: what was seen long ago counts no more
const SILENCE_MS = 5000; // the device may have slept, and stopped one clock and not the other

export class FrameClock {
  #last = -Infinity;
  #heard = -Infinity;
  #least = Infinity; // of this half minute
  #leastBefore = Infinity; // of the one before
  #turn = 0;

  /** Before it is settled, a later look would give an earlier time. */
  settled = false;

  /**
   * @param {number} at the frame's timestamp, milliseconds
   * @param {number} now epoch milliseconds at which it reached us
   */
  see(at, now) {
    if (at < this.#last || now - this.#heard > SILENCE_MS) this.#begin(at, now);
    if (now - this.#turn > LATELY_MS) {
      this.#leastBefore = this.#least;
      this.#least = Infinity;
      this.#turn = now;
    }
    /** What lies between two frames: the light of one was gathered within it. */
    this.step = at - this.#last;
    this.#last = at;
    this.#heard = now;
    this.#least = Math.min(this.#least, now - at);
    this.settled = at - this.first >= SETTLE_MS;
  }

  /** @param {number} at @returns {number} epoch milliseconds */
  epochOf(at) {
    return at + Math.min(this.#least, this.#leastBefore);
  }

  /** @param {number} epoch milliseconds @returns {number} on the clock of the frames */
  stampOf(epoch) {
    return epoch - Math.min(this.#least, this.#leastBefore);
  }

  #begin(at, now) {
    this.first = at;
    this.#last = at;
    this.#least = Infinity;
    this.#leastBefore = Infinity;
    this.#turn = now;
  }
}
