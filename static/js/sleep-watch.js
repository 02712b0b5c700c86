/** Whether this page stood still: a laptop that slept, a phone that put the browser aside.
 *
 *  A ticker in a Worker stamps its ticks. Two stamps far apart mean that nothing ran in between; a page that was only
 *  busy gets its ticks late, but with their own times.
 */

import { startTicker } from "./ticker.js";

const EVERY_MS = 1000;
const SLEPT_MS = 5000;
const UNSURE_MS = 2500; // no tick was heard for so long: busy, or just awake

export class SleepWatch {
  #heard = Date.now();
  #waiting = [];
  #stop;

  /** @param {(fromMs: number, toMs: number) => void} onSlept epoch milliseconds, before it is told to who waits */
  constructor(onSlept) {
    let last = Date.now();
    this.slept = false;
    this.#stop = startTicker(EVERY_MS, (at) => {
      this.#heard = Date.now();
      if (at - last > SLEPT_MS) {
        this.slept = true;
        onSlept(last, at);
      }
      last = at;
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  /** Whether the page has been awake all the time. After a silence of the ticker its next tick tells. */
  async awake() {
    if (Date.now() - this.#heard > UNSURE_MS) await new Promise((resolve) => this.#waiting.push(resolve));
    return !this.slept;
  }

  stop() {
    this.#stop();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
