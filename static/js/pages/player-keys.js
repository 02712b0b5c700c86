/** The keys of the recording page. What is typed in a field, and what a focused control does itself, stays its own. */

import { act } from "./player-bar.js";

const STEP_SECONDS = 5;
const OWN_KEYS = { // what the browser does with a key while that has the focus
  "video, audio": [" ", "ArrowLeft", "ArrowRight"],
  "button, summary, a": [" ", "Enter"],
};

const player = () => document.getElementById("player");

const ACTS = {
  " ": playOrPause,
  k: playOrPause,
  ArrowLeft: () => move(player().currentTime - STEP_SECONDS),
  ArrowRight: () => move(player().currentTime + STEP_SECONDS),
  ",": () => act("back"),
  ".": () => act("forward"),
  "<": () => act("slower"),
  ">": () => act("faster"),
  s: () => act("picture"),
  "?": () => act("keys"),
  g: goToNextGap,
  m: () => { player().muted = !player().muted; },
  f: fullScreen,
  ...Object.fromEntries([..."0123456789"].map((digit) => [digit, () => move((player().duration * digit) / 10)])),
};

/** On the line, as on every slider. */
const LINE_ACTS = { Home: () => move(0), End: () => move(player().duration) };

/** Listen, from now on, whatever player is on the page then. */
export function startKeys() {
  document.addEventListener("keydown", pressed);
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !player()) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (Object.entries(OWN_KEYS).some(([owner, keys]) => event.target.closest(owner) && keys.includes(event.key))) return;
  const found = ACTS[event.key] ?? (event.target.closest("[role=slider]") && LINE_ACTS[event.key]);
  if (!found || found() === false) return;
  event.preventDefault();
}

function playOrPause() {
  if (player().paused) player().play();
  else player().pause();
}

function move(seconds) {
  if (Number.isFinite(seconds)) player().currentTime = Math.max(seconds, 0);
}

function goToNextGap() {
  const places = [...document.querySelectorAll("[data-seek]")].map((link) => Number(link.dataset.seek));
  const next = places.find((seconds) => seconds > player().currentTime + 0.5) ?? places[0];
  if (next !== undefined) move(next);
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else player().requestFullscreen?.();
}
