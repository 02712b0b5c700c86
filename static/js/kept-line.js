/** <kept-line>: where the bytes are, in one line. Time runs to the right, where the lens is.
 *
 *  A line that the server drew stays as it is; a page that records gives it facts instead:
 *    line.facts = {lens: "closed"}                                                   dashes: nothing yet
 *    line.facts = {lens: "live", keptMs: 12000, waitingMs: 1000, waiting: 2}         a recording
 *    line.facts = {lens: "live", ticks: ["kept", "here", "dropped"], kept, waiting, dropped}     a capture session
 */

import { clock } from "./format.js";
import { element } from "./ui.js";
import { frames, waitingTime } from "./words.js";

const AMBER_FROM_MS = 5_000;
const BLOCKS_MOST = 24;
const AMBER_WIDEST = 45; // percent
const AMBER_SCALE_MS = 50_000; // 43 s fill a quarter of the line, ten minutes not more than AMBER_WIDEST
const TICKS = 190;
const TICKS_PHONE = 64;
const PHONE = "(max-width: 640px)";

const LENS_WORDS = { closed: "the lens is closed", open: "the lens is open", live: "the lens is live" };

class KeptLine extends HTMLElement {
  #parts = null;
  #phone = matchMedia(PHONE);
  #facts = { lens: "closed" };

  set facts(facts) {
    this.#facts = facts;
    this.#draw();
  }

  get facts() {
    return this.#facts;
  }

  #draw() {
    this.#parts ??= this.#build();
    const { lens, ticks } = this.#facts;
    if (ticks?.length) this.#drawTicks(ticks);
    else this.#drawTime();
    this.dataset.lens = lens;
    this.dataset.kind = ticks?.length ? "ticks" : "time";
    this.setAttribute("aria-label", lineSentence(this.#facts));
  }

  #build() {
    const parts = {
      kept: element("span", { class: "line-kept" }),
      dashes: element("span", { class: "line-dashes" }),
      here: element("span", { class: "line-here" }),
      ticks: element("span", { class: "line-ticks" }),
      lens: element("span", { class: "line-lens" }),
    };
    this.setAttribute("role", "img");
    this.replaceChildren(...Object.values(parts));
    return parts;
  }

  #drawTime() {
    const { keptMs = 0, waitingMs = 0, waiting = 0 } = this.#facts;
    const { kept, dashes, here, ticks } = this.#parts;
    const amber = waitingMs >= AMBER_FROM_MS;
    kept.hidden = keptMs <= 0;
    dashes.hidden = keptMs > 0;
    here.hidden = waitingMs <= 0;
    ticks.hidden = true;
    here.dataset.tone = amber ? "amber" : "ink";
    here.style.width = amber ? `${amberWidth(waitingMs).toFixed(1)}%` : "";
    const blocks = amber ? 1 : Math.min(Math.max(waiting, 1), BLOCKS_MOST);
    fill(here, blocks, () => element("i"));
  }

  #drawTicks(states) {
    const { kept, dashes, here, ticks } = this.#parts;
    const room = this.#phone.matches ? TICKS_PHONE : TICKS;
    const shown = states.slice(-room);
    kept.hidden = here.hidden = true;
    dashes.hidden = shown.length === room;
    ticks.hidden = false;
    ticks.style.width = shown.length === room ? "" : `${((100 * shown.length) / room).toFixed(2)}%`;
    fill(ticks, shown.length, () => element("i"));
    shown.forEach((state, index) => {
      const tick = ticks.children[index];
      if (tick.className !== state) tick.className = state;
    });
  }
}

/** How wide what waits is drawn, in percent: it grows, and never hides what is kept. The number is exact. */
export function amberWidth(waitingMs) {
  return AMBER_WIDEST * (1 - Math.exp(-waitingMs / AMBER_SCALE_MS));
}

/** The line's sentence, for those who hear it. */
export function lineSentence({ lens, keptMs = 0, waitingMs = 0, ticks, kept = 0, waiting = 0, dropped = 0 }) {
  const words = [];
  if (ticks?.length) {
    words.push(`${frames(kept)} on the server`, waiting ? `${frames(waiting)} on this device` : "nothing waits");
    if (dropped) words.push(`${frames(dropped)} dropped`);
  } else {
    words.push(keptMs ? `Kept to ${clock(keptMs)}` : "Nothing on the server yet");
    words.push(waitingMs ? `${waitingTime(waitingMs)} on this device` : "nothing waits");
  }
  return `${[...words, LENS_WORDS[lens]].join(", ")}.`;
}

function fill(parent, count, make) {
  while (parent.childElementCount > count) parent.lastElementChild.remove();
  while (parent.childElementCount < count) parent.append(make());
}

customElements.define("kept-line", KeptLine);
