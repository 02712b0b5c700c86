/** The line under the player as a seek bar that shows what is there: hover, focus, click, arrow keys.
 *
 *  The server draws the line and names the WebVTT of its pictures in data-scrub. Without this file it is a picture
 *  of the recording's gaps, and the player's own controls do the rest.
 */

import { clock } from "../format.js";
import { spriteOf } from "../sprite.js";
import { element } from "../ui.js";

const player = () => document.getElementById("player");

/** Make a slider of the line that is there now; a part of the page that was replaced brings another. */
export function startScrubbing() {
  prepare();
  document.addEventListener("parts", prepare);
}

function prepare() {
  const bar = document.querySelector(".theatre-line[data-scrub]");
  if (!bar || bar.matches("[role]") || !player()) return;
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-valuemin": 0 })) {
    bar.setAttribute(name, value);
  }
  bar.setAttribute("aria-label", bar.dataset.label);
  const preview = element("div", { class: "scrub", hidden: true, "aria-hidden": "true" }, element("i"), element("span"));
  bar.querySelector("kept-line").append(element("i", { class: "scrub-rest" }), element("i", { class: "scrub-place" }));
  bar.append(preview);
  bar.addEventListener("pointermove", (event) => show(bar, momentAt(bar, event)));
  bar.addEventListener("pointerleave", () => hide(bar));
  bar.addEventListener("click", (event) => { player().currentTime = momentAt(bar, event); });
  bar.addEventListener("focus", () => bar.matches(":focus-visible") && show(bar, player().currentTime));
  bar.addEventListener("blur", () => hide(bar));
  for (const name of ["timeupdate", "seeking", "durationchange"]) player().addEventListener(name, () => moved(bar));
  moved(bar);
}

function moved(bar) {
  const { currentTime, duration } = player();
  const share = Math.min(currentTime / length(bar), 1);
  bar.querySelector(".scrub-rest").style.insetInlineStart = `${100 * share}%`;
  bar.querySelector(".scrub-place").style.insetInlineStart = `${100 * share}%`;
  bar.setAttribute("aria-valuemax", Math.floor(length(bar)));
  bar.setAttribute("aria-valuenow", Math.floor(currentTime));
  bar.setAttribute("aria-valuetext", `${clock(currentTime * 1000)} / ${clock((duration || length(bar)) * 1000)}`);
  if (bar.matches(":focus-visible") && !bar.matches(":hover")) show(bar, currentTime);
}

const length = (bar) => player().duration || Number(bar.dataset.seconds);
const isMirrored = (bar) => getComputedStyle(bar).direction === "rtl";

function momentAt(bar, event) {
  const { left, width } = bar.querySelector("kept-line").getBoundingClientRect();
  const share = Math.min(Math.max((event.clientX - left) / width, 0), 1);
  return (isMirrored(bar) ? 1 - share : share) * length(bar);
}

/** The picture of that moment, above its place on the line, and its time. */
async function show(bar, moment) {
  const preview = bar.querySelector(".scrub");
  preview.dataset.wanted = moment;
  const sprite = await spriteOf(bar.dataset.scrub);
  const tile = sprite.tileAt(moment);
  if (!tile || preview.dataset.wanted !== String(moment)) return;
  const [picture, words] = preview.children;
  Object.assign(picture.style, { width: `${tile.width}px`, height: `${tile.height}px` });
  sprite.show(picture, tile);
  words.textContent = clock(moment * 1000);
  const line = bar.querySelector("kept-line");
  const share = moment / length(bar);
  const place = line.offsetLeft + (isMirrored(bar) ? 1 - share : share) * line.offsetWidth - tile.width / 2;
  preview.style.left = `${Math.min(Math.max(place, 0), bar.offsetWidth - tile.width)}px`;
  preview.hidden = false;
}

function hide(bar) {
  const preview = bar.querySelector(".scrub");
  delete preview.dataset.wanted;
  preview.hidden = true;
}
