/**
 * Which frames of the camera to take for a requested rate: by their timestamps, never by a timer.
 *
 * A grid of moments lies one period apart; the frame nearest to each moment is taken, so the taken frames
 * keep the grid's rate however the camera's own rate divides into it. Moments that passed without any frame
 * are counted as missed.
 */

export class FramePicker {
  /** @param {number} fps frames per second asked for */
  constructor(fps) {
    this.period = 1000 / fps;
    this.next = null;
    this.last = null;
    this.cameraPeriod = Infinity;
    this.wantedNow = false;
  }

  /** Take the very next frame, whatever its moment; the grid stays. */
  takeNext() {
    this.wantedNow = true;
  }

  /**
   * @param {number} at the frame's timestamp, milliseconds on any steady clock
   * @returns {{take: boolean, missed: number}} missed: moments before this one that no frame was there for
   */
  offer(at) {
    if (this.last !== null && at > this.last) this.cameraPeriod = Math.min(this.cameraPeriod, at - this.last);
    this.last = at;
    if (this.next === null) {
      this.next = at + this.period;
      return { take: true, missed: 0 };
    }
    // Half a camera frame early is nearer to the moment than the frame that follows.
    const early = Math.min(this.period / 4, this.cameraPeriod / 2);
    if (at < this.next - early) {
      const take = this.wantedNow;
      this.wantedNow = false;
      return { take, missed: 0 };
    }
    this.wantedNow = false;
    const missed = Math.max(0, Math.floor((at - this.next + early) / this.period));
    this.next += (missed + 1) * this.period;
    return { take: true, missed };
  }
}
