/** The recording page beyond HTML: "Go there" and the keys move the player that is already there. */

import { watchLive } from "./live-view.js";
import { startScrubbing } from "./scrub.js";

const STEP_SECONDS = 5;

const player = () => document.getElementById("player");

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-seek]");
  if (!link || !player()) return;
  event.preventDefault();
  player().currentTime = Number(link.dataset.seek);
  player().play();
  player().scrollIntoView({ block: "nearest" });
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !player()) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, button, summary, a, video, audio")) return;
  const act = {
    " ": () => (player().paused ? player().play() : player().pause()),
    ArrowLeft: () => { player().currentTime -= STEP_SECONDS; },
    ArrowRight: () => { player().currentTime += STEP_SECONDS; },
    g: goToNextGap,
    f: () => player().requestFullscreen?.(),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function goToNextGap() {
  const places = [...document.querySelectorAll("[data-seek]")].map((link) => Number(link.dataset.seek));
  const next = places.find((seconds) => seconds > player().currentTime + 0.5) ?? places[0];
  if (next !== undefined) player().currentTime = next;
}

startScrubbing();
watchLive();
document.addEventListener("parts", watchLive);
