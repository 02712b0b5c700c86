/** Two frames over each other: in turn, one wiped over the other, or what differs. Without this they stand side by side. */

const FLICKER_MS = 600; // slower than three times a second, for those whom flashes hurt
const STEP = 4; // percent
const stage = document.getElementById("compare-stage");
const edge = document.getElementById("compare-edge");
const modes = document.querySelector(".compare-modes");
const still = matchMedia("(prefers-reduced-motion: reduce)");

let timer = 0;

modes.hidden = false;
modes.addEventListener("click", (event) => {
  const button = event.target.closest("[data-mode]");
  if (button) show(button.dataset.mode);
});
edge.addEventListener("input", wipe);
edge.addEventListener("change", () => edge.blur()); // single keys are the page's, not the slider's

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button, a")) return;
  if (event.key === " " && stage.dataset.mode === "flicker") {
    event.preventDefault();
    rest();
    turn();
  }
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (way && stage.dataset.mode === "swipe" && event.target !== edge) {
    event.preventDefault();
    edge.valueAsNumber += way * STEP;
    wipe();
  }
});

function show(mode) {
  stage.dataset.mode = mode;
  for (const button of modes.children) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  edge.closest("label").hidden = mode !== "swipe";
  rest();
  stage.removeAttribute("data-second");
  document.activeElement?.blur(); // so that Space belongs to the frames
  if (mode === "flicker" && !still.matches) timer = setInterval(turn, FLICKER_MS);
  if (mode === "swipe") wipe();
}

/** Who looks at one frame by Space decides on the pace from then on. */
function rest() {
  clearInterval(timer);
}

function turn() {
  stage.toggleAttribute("data-second");
}

function wipe() {
  stage.style.setProperty("--edge-at", `${edge.value}%`);
}
