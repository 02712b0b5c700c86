/**
 * The time of day of a camera's frames.
 *
 * A frame's own timestamp is exact, but counts from a start that no standard names; the moment it reaches us is on
 * our clock, but late by a lag that changes. The smallest lag seen is taken for none: it maps one to the other.
 */

const SETTLE_MS = 300; // long enough to see a frame that was not held up

export class FrameClock {
  constructor() {
    this.first = null;
    this.offset = Infinity;
  }

  /**
   * @param {number} at the frame's timestamp, milliseconds
   * @param {number} now epoch milliseconds at which it reached us
   */
  see(at, now) {
    this.first ??= at;
    this.offset = Math.min(this.offset, now - at);
    this.settled = at - this.first >= SETTLE_MS;
  }

  /** Before it is settled, a later look would give an earlier time. */
  settled = false;

  /** @param {number} at @returns {number} epoch milliseconds */
  epochOf(at) {
    return at + this.offset;
  }
}
