/** Seconds before the first frame, large over the picture: time to walk into it. */

import { byId, say, setShown, setText } from "../ui.js";

const SECOND_MS = 1000;
const SAID_FROM = 3; // read aloud: its length, and the last ones

export class Countdown {
  #cancel = null;

  get isRunning() {
    return this.#cancel !== null;
  }

  /** @param {number} seconds @returns {Promise<boolean>} whether it came to its end */
  run(seconds) {
    const until = performance.now() + seconds * SECOND_MS;
    return new Promise((resolve) => {
      const end = (isOver) => {
        clearInterval(timer);
        setShown(byId("countdown-number"), false);
        this.#cancel = null;
        resolve(isOver);
      };
      const tick = () => {
        const left = Math.ceil((until - performance.now()) / SECOND_MS);
        if (left <= 0) return end(true);
        setText(byId("countdown-number"), String(left));
        if (left === seconds || left <= SAID_FROM) say(String(left));
      };
      const timer = setInterval(tick, SECOND_MS / 10);
      this.#cancel = () => end(false);
      setShown(byId("countdown-number"), true);
      tick();
    });
  }

  /** Safe while none runs. */
  cancel() {
    this.#cancel?.();
  }
}
