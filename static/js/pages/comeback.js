/** The camera or the microphone went away in the middle of a recording: the page waits for it, and goes on by itself
 *  in a new recording that continues the last. Nothing is recorded in between, and no black picture made up. */

import { NOTES } from "../words.js";

const LOOK_MS = 3000; // a program that had the camera lets go without an event
const WAIT_MS = 10 * 60_000; // who comes back later does not expect a lens to open by itself

export class Comeback {
  #timer = 0;
  #last = null;

  /** Whether the camera is wanted for the next part. */
  get isWanted() {
    return this.#last !== null;
  }

  /** What the start of the next part says beyond the Studio's own values. */
  get values() {
    return this.isWanted ? { continues: this.#last.id } : {};
  }

  /** @param {import("./studio-common.js").Studio} studio @param {object} state of the recording that has ended */
  begin(studio, state) {
    this.#last = state;
    const until = Date.now() + WAIT_MS;
    studio.camera.open();
    this.#tell(studio);
    this.#timer = setInterval(() => {
      if (Date.now() > until) return this.#leave();
      this.#tell(studio);
      if (studio.phase === "trouble") studio.camera.openAgain();
      else if (studio.phase === "ready") studio.start();
    }, LOOK_MS);
  }

  /** The next part runs. */
  end() {
    clearInterval(this.#timer);
    this.#last = null;
  }

  #tell(studio) {
    const { trouble, elapsedMs } = this.#last;
    const button = { label: "That was all", act: () => this.#leave() };
    studio.note({ tone: "here", icon: "lens", ...NOTES.comeback(trouble.device, elapsedMs), button });
  }

  #leave() {
    clearInterval(this.#timer);
    location.assign(this.#last.url);
  }
}
