/**
 * Which frames of the camera to take for a requested rate: by their timestamps, never by a timer.
 *
 * A grid of moments lies one period apart; the frame nearest to each moment is taken, so the taken frames
 * keep the grid's rate however the camera's own rate divides into it. Moments that passed without any frame
 * are counted as missed.
 */

/** @typedef {{take: boolean, isExtra: boolean, missed: number}} Picked
 *  `isExtra`: asked for besides the rate; `missed`: moments before this one that no frame was there for */

const BACK_MS = 1000; // clocks of different makers may disagree by less

export class FramePicker {
  /** @param {number} fps frames per second asked for */
  constructor(fps) {
    this.period = 1000 / fps;
    this.next = null;
    this.last = null;
    this.cameraPeriod = Infinity;
    this.wanted = 0;
  }

  /** Take the very next frames of the camera, whatever their moments; the grid stays. */
  takeNext(count = 1) {
    this.wanted += count;
  }

  /**
   * @param {number} at the frame's timestamp, milliseconds on any steady clock
   * @returns {Picked}
   */
  offer(at) {
    if (at < this.last - BACK_MS) this.next = null; // the camera began to count anew: so does the grid
    else if (this.last !== null && at > this.last) this.cameraPeriod = Math.min(this.cameraPeriod, at - this.last);
    this.last = at;
    const isWanted = this.wanted > 0;
    if (isWanted) this.wanted -= 1;
    if (this.next === null) {
      this.next = at + this.period;
      return { take: true, isExtra: false, missed: 0 };
    }
    // Half a camera frame early is nearer to the moment than the frame that follows.
    const early = Math.min(this.period / 4, this.cameraPeriod / 2);
    if (at < this.next - early) return { take: isWanted, isExtra: isWanted, missed: 0 };
    const missed = Math.max(0, Math.floor((at - this.next + early) / this.period));
    this.next += (missed + 1) * this.period;
    return { take: true, isExtra: false, missed };
  }

  /**
   * No frame comes any more.
   * @param {number} at when it ends, on the clock of the frames
   * @returns {number} moments that no frame was there for, and for which none can be on its way
   */
  end(at) {
    if (this.next === null) return 0;
    const onItsWay = Math.min(2 * this.cameraPeriod, this.period);
    return Math.max(0, Math.floor((at - onItsWay - this.next) / this.period) + 1);
  }
}
