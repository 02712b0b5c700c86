/** What the Studio's page shows, part by part: picture, tags, note, line, places, deck. It decides nothing. */

import { bytes } from "../format.js";
import "../kept-line.js";
import { byId, element, setPhase, setShown, setText, title } from "../ui.js";
import { NewsNote } from "./news-note.js";

const root = byId("studio-root");
const video = byId("preview");
const line = byId("line");
const phone = matchMedia("(max-width: 640px)");
const LENS_WORDS = { closed: "Closed", open: "Open", live: "Live" };
let shownPicture = null;

export const preview = video;

/** On a phone the same facts stand in fewer words. */
export const isNarrow = () => phone.matches;

/** opening | trouble | ready | starting | running | paused | draining | done; the style sheet does the rest. */
export function showPhase(phase) {
  setPhase(root, phase);
  const running = ["running", "paused", "draining"].includes(phase);
  for (const link of byId("mode-switch").children) {
    link.toggleAttribute("inert", running);
    if (running) link.setAttribute("aria-disabled", "true");
    else link.removeAttribute("aria-disabled");
  }
}

/** Between two parts that follow each other by themselves: the column of settings does not come and go. */
export function showBetween(between) {
  root.toggleAttribute("data-between", between);
}

/** The camera's picture, mirrored by the style sheet alone; nothing that is kept passes here. */
export function showPreview(stream, mirrored) {
  if (video.srcObject !== stream) video.srcObject = stream;
  video.classList.toggle("mirrored", mirrored);
  setShown(video, true);
  showLastPicture(null);
  if (stream) video.play().catch(() => {}); // a hidden tab begins when it is seen
}

/** The last frame in place of the preview; null takes it away. */
export function showLastPicture(blob) {
  const image = byId("last-picture");
  if (shownPicture) URL.revokeObjectURL(shownPicture);
  shownPicture = blob && URL.createObjectURL(blob);
  if (shownPicture) image.src = shownPicture;
  else image.removeAttribute("src");
  setShown(image, Boolean(shownPicture));
  if (shownPicture) setShown(video, false);
}

/** Tags on the picture: live (red), plain (dark), facts (at the end), offline (amber). Null takes one away. */
export function showTags({ live = null, plain = null, facts = null, offline = false }) {
  for (const [id, text] of Object.entries({ "tag-live": live, "tag-plain": plain, "tag-facts": facts })) {
    setText(byId(id), text ?? "");
    setShown(byId(id), Boolean(text));
  }
  setShown(byId("tag-offline"), offline);
}

/** The note over the picture's foot; null takes it away.
 *  @param {{tone: "here"|"lost", icon: "laptop"|"warning"|"lens", title: string, text: string,
 *    button?: {label: string, act: () => void}}|null} note */
export function showNote(note) {
  const box = byId("stage-note");
  setShown(box, Boolean(note));
  if (!note) return;
  box.dataset.tone = note.tone;
  // All signs are in the page from the start: offline, no other one could be fetched.
  for (const sign of box.querySelectorAll("[data-sign]")) setShown(sign, sign.dataset.sign === note.icon);
  setText(byId("stage-note-title"), note.title);
  setText(byId("stage-note-text"), note.text);
  const button = byId("stage-note-button");
  setShown(button, Boolean(note.button));
  setText(button, note.button?.label ?? "");
  button.onclick = note.button?.act ?? null;
}

/** The line, and the three places beneath it.
 *  @param {object} facts of the kept line
 *  @param {{server: string, serverBytes?: number, here: string, hereBytes?: number, amber?: boolean}} words */
export function showPlaces(facts, { server, serverBytes = 0, here, hereBytes = 0, amber = false }) {
  line.facts = facts;
  setText(byId("place-server"), server);
  setText(byId("place-server-size"), serverBytes ? ` · ${bytes(serverBytes)}` : "");
  setText(byId("place-here"), here);
  setText(byId("place-here-size"), hereBytes ? ` · ${bytes(hereBytes)}` : "");
  byId("place-here-box").dataset.tone = amber ? "here" : "";
  setText(byId("place-lens"), LENS_WORDS[facts.lens]);
  byId("place-lens-box").dataset.lens = facts.lens;
}

/** The deck's words; what is not given is empty. `number` is the big one: a clock or a rate. */
export function showDeck({ number = "", unit = "", name = "", left = "", fact = "", right = "" }) {
  setShown(byId("deck-big"), Boolean(number));
  setText(byId("deck-number"), number);
  setText(byId("deck-unit"), unit);
  setText(byId("deck-name"), name);
  setText(byId("deck-left-small"), left);
  setText(byId("deck-fact"), fact);
  setText(byId("deck-right-small"), right);
}

/** The record button: what it does now, or null while it can do nothing. */
export function showRecord(verb) {
  const button = byId("record-button");
  button.disabled = !verb;
  if (verb) button.setAttribute("aria-label", verb);
}

export function showOpen(href) {
  setShown(byId("open-button"), Boolean(href));
  if (href) byId("open-button").href = href;
}

/** The tab's title while something runs: "● 12:41 Recording"; null puts the page's own back. */
export function showTitle(text) {
  title(text && `● ${text}`, text && root.dataset.liveIcon);
}

const news = new Map(); // key -> NewsNote

/** A line of news below the deck, like "Interview P-013 is whole again."; the same key replaces it, null takes it
 *  away. @param {import("../words-outbox.js").Words|null} words */
export function showNews(key, words, canClose = true) {
  if (!words) return news.get(key)?.root.remove();
  if (!news.has(key)) news.set(key, new NewsNote());
  const note = news.get(key);
  note.show(words, canClose);
  if (!note.root.isConnected) byId("news").append(note.root);
}

const METER_BARS = 24;
const METER_FLOOR_DB = -60;

/** The level meter: 24 bars from -60 to 0 dB, drawn by the style sheet. */
export function showLevel(peakDb) {
  const meter = byId("meter");
  while (meter.childElementCount < METER_BARS) meter.append(element("i"));
  const lit = peakDb === null ? 0 : Math.round((METER_BARS * (peakDb - METER_FLOOR_DB)) / -METER_FLOOR_DB);
  [...meter.children].forEach((bar, index) => bar.classList.toggle("lit", index < lit));
}
