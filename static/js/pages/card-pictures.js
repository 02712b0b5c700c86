/** A card of the Library shows the recording's pictures while a mouse moves across it: from its beginning at one side
 *  to its end at the other. Nothing is fetched before, nothing moves by itself, and a finger sees the poster. */

import { spriteOf } from "../sprite.js";
import { element } from "../ui.js";

const DWELL_MS = 80; // who only passes by fetches nothing
const still = matchMedia("(prefers-reduced-motion: reduce)");

let shown = null; // {picture, parts, share, box, timer}

document.addEventListener("pointermove", (event) => {
  const isMouse = event.pointerType === "mouse" && !still.matches;
  const picture = isMouse && event.target.closest?.(".card-picture[data-scrub]");
  if (shown && shown.picture !== picture) leave();
  if (picture) move(picture, event);
});
document.addEventListener("pointerleave", leave);
document.addEventListener("scroll", leave, { passive: true }); // the card goes away from under the pointer

function move(picture, event) {
  shown ??= enter(picture);
  const { left, width } = picture.getBoundingClientRect();
  const share = Math.min(Math.max((event.clientX - left) / width, 0), 0.9999);
  shown.share = getComputedStyle(picture).direction === "rtl" ? 1 - share : share;
  if (!shown.timer) draw();
}

function enter(picture) {
  const parts = JSON.parse(picture.dataset.scrub).map(([path, seconds]) => ({ path, seconds }));
  const timer = setTimeout(() => {
    shown.timer = 0;
    draw();
  }, DWELL_MS);
  return { picture, parts, timer, share: 0, box: null };
}

function leave() {
  if (!shown) return;
  clearTimeout(shown.timer);
  shown.box?.remove();
  shown = null;
}

/** The picture of the moment that the pointer means; the parts of an entry follow each other. */
async function draw() {
  const { picture, parts, share } = shown;
  const { path, moment } = placeAt(parts, share);
  const sprite = await spriteOf(path);
  const tile = sprite.tileAt(moment);
  if (!tile || !(await sprite.whole().then(() => true, () => false))) return;
  if (shown?.picture !== picture || shown.share !== share) return; // it went on meanwhile
  shown.box ??= build(picture);
  const [image, place] = shown.box.children;
  image.style.aspectRatio = `${tile.width} / ${tile.height}`;
  image.toggleAttribute("data-upright", tile.width / tile.height < picture.clientWidth / picture.clientHeight);
  sprite.show(image, tile);
  place.style.inlineSize = `${100 * share}%`;
}

function build(picture) {
  const box = element("span", { class: "card-scrub", "aria-hidden": "true" }, element("i"), element("b"));
  picture.append(box);
  return box;
}

/** @returns {{path: string, moment: number}} seconds within that part */
function placeAt(parts, share) {
  let moment = share * parts.reduce((sum, { seconds }) => sum + seconds, 0);
  for (const { path, seconds } of parts) {
    if (moment < seconds) return { path, moment };
    moment -= seconds;
  }
  const last = parts.at(-1);
  return { path: last.path, moment: last.seconds };
}
