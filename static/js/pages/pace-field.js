/** The field that asks how often: frames per second, or how far apart they are. What it gives is always a rate. */

import { between, FPS_MAX, FPS_MIN } from "../settings.js";
import { byId, fillSelect, setShown, setText } from "../ui.js";

const APART = [1, 2, 5, 10, 15, 20, 30, 60];
const RATES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 24, 30];
const UNITS = [
  { value: "fps", label: "Rate", name: "Frames per second", seconds: null, steps: RATES },
  { value: "s", label: "Seconds", name: "Seconds apart", seconds: 1, steps: APART },
  { value: "min", label: "Minutes", name: "Minutes apart", seconds: 60, steps: APART },
];
const SLOWEST_RATE = 0.1; // below it people count what lies between
const MINUTES_FROM = 120; // seconds

/** @param {number} fps to begin with @param {(fps: number) => void} onChosen not called for what is no rate */
export function wirePace(fps, onChosen) {
  const input = byId("fps");
  let unit = usualUnit(fps);
  fillSelect(byId("pace"), UNITS, unit.value);

  const show = (rate) => {
    setText(byId("fps-label"), unit.name);
    input.value = Number(asValue(unit, rate).toPrecision(4));
  };
  const take = () => {
    const rate = between(input.value && asRate(unit, Number(input.value)), FPS_MIN, FPS_MAX);
    setShown(byId("fps-error"), rate === undefined);
    input.setAttribute("aria-invalid", String(rate === undefined));
    if (rate === undefined) return;
    fps = rate;
    onChosen(rate);
  };
  const step = (direction) => {
    const now = Number(input.value);
    const next = direction > 0 ? unit.steps.find((each) => each > now) : unit.steps.findLast((each) => each < now);
    input.value = next ?? now;
    take();
  };
  show(fps);
  input.addEventListener("input", take);
  byId("fps-less").addEventListener("click", () => step(-1));
  byId("fps-more").addEventListener("click", () => step(1));
  byId("pace").addEventListener("change", ({ target }) => {
    unit = UNITS.find(({ value }) => value === target.value);
    show(fps);
    take();
  });
}

function usualUnit(fps) {
  if (fps >= SLOWEST_RATE) return UNITS[0];
  return UNITS[1 / fps < MINUTES_FROM ? 1 : 2];
}

const asValue = ({ seconds }, fps) => (seconds ? 1 / fps / seconds : fps);
const asRate = ({ seconds }, value) => (seconds ? 1 / (value * seconds) : value);
