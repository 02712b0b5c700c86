/** A part of a recording has ended although nobody stopped it: the camera went away, somebody chose another one, the
 *  computer slept, the phone was turned. The page goes on by itself in a new recording that continues the last. Nothing
 *  is recorded in between, and no black picture made up. */

import { warn } from "../ui.js";
import { partEnded } from "../words.js";

const TELL_MS = 1000;
const LOOK_EVERY = 3; // of these: a program that had the camera lets go without an event
const MEANT = ["camera-switched", "microphone-switched", "turned"];
const WAIT_MS = 10 * 60_000; // who comes back later does not expect a lens to open by itself

export class Comeback {
  #timer = 0;
  #last = null;
  #byItself = false;

  /** Whether the next part is wanted. */
  get isWanted() {
    return this.#last !== null;
  }

  /** Whether it begins as soon as there is a camera. Who had paused, or slept long, presses Start. */
  get goesOn() {
    return this.isWanted && this.#byItself;
  }

  /** What the start of the next part says beyond the Studio's own values. */
  get values() {
    return this.isWanted ? { continues: this.#last.id } : {};
  }

  /** @param {import("./studio-common.js").Studio} studio @param {object} state of the recording that ends; it may still
   *    be sending */
  begin(studio, state) {
    const { wasPaused, sleptMs } = state.partEnd;
    this.#last = state;
    this.#byItself = !wasPaused && sleptMs < WAIT_MS;
    warn(partEnded(state, this.#byItself).title);
    const until = Date.now() + WAIT_MS;
    let turn = 0;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      if (this.#byItself && Date.now() > until) return this.#leave(studio);
      this.#tell(studio);
      turn += 1;
      if (turn % LOOK_EVERY) return;
      if (studio.phase === "trouble") studio.camera.openAgain();
      else if (studio.phase === "ready" && this.#byItself) studio.start();
    }, TELL_MS);
    studio.goOn();
    // What was meant, and is over in a moment, needs no note.
    if (!this.#byItself || !MEANT.includes(state.partEnd.reason)) this.#tell(studio);
  }

  /** The next part runs. */
  end() {
    clearInterval(this.#timer);
    this.#last = null;
  }

  #tell(studio) {
    if (!this.#last) return;
    const button = { label: "That was all", act: () => this.#leave(studio) };
    studio.note({ tone: "here", icon: "lens", ...partEnded(this.#last, this.#byItself), button });
  }

  #leave(studio) {
    clearInterval(this.#timer);
    studio.leaveFor(this.#last.url);
  }
}
