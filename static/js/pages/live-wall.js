/** The wall: asks once a second while the tab is seen, for the pictures in sight only. */

import { byId, setShown, setText } from "../ui.js";
import { delayAfter } from "../retry.js";
import { SignedOut, WallNews } from "../wall-news.js";
import { ago } from "../format.js";
import { WallTile } from "./wall-tile.js";

const EVERY_MS = 750; // with what the server looks back, no picture in sight is older than two seconds
const LOST_AFTER = 2; // answers missed in a row
const ENDED_MS = 8000; // what has ended stays that long

const wall = byId("wall");
const news = new WallNews(wall.dataset.news);
const tiles = new Map();
const inSight = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    const tile = tiles.get(target.dataset.id);
    if (tile) tile.isInSight = isIntersecting;
  }
}, { rootMargin: "100px" });

let aheadMs = Number(wall.dataset.nowMs) - Date.now(); // of the server's clock, to within the way of an answer
let failures = 0;
let asking = null;
let timer = 0;

for (const root of wall.children) adopt(new WallTile(root));

function adopt(tile) {
  tiles.set(tile.root.dataset.id, tile);
  inSight.observe(tile.root);
  return tile;
}

async function ask() {
  clearTimeout(timer);
  if (document.hidden || asking) return;
  const begun = performance.now();
  asking = new AbortController();
  try {
    const shown = [...tiles.values()].filter((tile) => tile.isInSight).sort((a, b) => a.changedAt - b.changedAt);
    const told = await news.fetch(shown.map(({ id, number }) => ({ id, number })), asking.signal);
    failures = 0;
    if (told) show(told);
  } catch (error) {
    if (error instanceof SignedOut) return signedOut();
    if (error.name !== "AbortError") failures += 1;
  } finally {
    asking = null;
  }
  say();
  const pause = failures ? delayAfter(failures) : Math.max(EVERY_MS - (performance.now() - begun), EVERY_MS / 4);
  if (!document.hidden) timer = setTimeout(ask, pause);
}

function show({ nowMs, byAddress, entries, pictures }) {
  aheadMs = nowMs - Date.now();
  const running = new Set(entries.map((entry) => entry.id));
  for (const [place, entry] of entries.entries()) {
    const tile = tiles.get(entry.id) ?? adopt(WallTile.made(entry.id));
    tile.tell(entry);
    const picture = pictures.get(entry.id);
    if (picture) tile.showBlob(picture, entry);
    else if (byAddress || entry.kind === "recording") tile.showAddress(entry);
    if (!tile.root.isConnected) wall.insertBefore(tile.root, wall.children[place] ?? null);
  }
  for (const [id, tile] of tiles) {
    if (running.has(id) || tile.hasEnded) continue;
    tile.end();
    setTimeout(() => remove(id), ENDED_MS);
  }
}

/** Unless it has begun again: a page that came back. */
function remove(id) {
  const tile = tiles.get(id);
  if (!tile?.hasEnded) return;
  inSight.unobserve(tile.root);
  tile.remove();
  tiles.delete(id);
  say();
}

function say() {
  const count = [...tiles.values()].filter((tile) => !tile.hasEnded).length;
  const words = byId("wall-count");
  setText(words, (count === 1 ? words.dataset.one : words.dataset.many).replace("{n}", count));
  if (!count) setText(words, words.dataset.none);
  setShown(byId("wall-empty"), tiles.size === 0);
  setShown(words, tiles.size > 0);
  wall.toggleAttribute("data-cut", failures >= LOST_AFTER);
  setShown(byId("wall-lost"), failures >= LOST_AFTER);
  sayAges();
}

function sayAges() {
  const now = Date.now() + aheadMs;
  for (const tile of tiles.values()) tile.sayAge(now, wall.dataset, ago);
}

function signedOut() {
  wall.toggleAttribute("data-cut", true);
  setText(byId("wall-lost").querySelector("span"), wall.dataset.signedOut);
  setShown(byId("wall-lost"), true);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) asking?.abort();
  else ask();
});
addEventListener("online", () => ask());
setInterval(() => document.hidden || sayAges(), EVERY_MS);

const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: "down", ArrowUp: "up" };

wall.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const links = [...wall.querySelectorAll(".card-link")];
  const here = links.indexOf(document.activeElement);
  if (!step || here < 0) return;
  const columns = getComputedStyle(wall).gridTemplateColumns.split(" ").length;
  const by = { down: columns, up: -columns }[step] ?? step;
  const next = links[here + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

say();
ask();
