/** Small helpers for pages: elements, selects, live regions, single keys, the tab's title and icon.
 *  Besides the page scripts, this is the only module that touches `document`. */

export const byId = (id) => document.getElementById(id);

/** What the server told this page: the JSON of <script id="studio">. */
export const pageFacts = (id) => JSON.parse(byId(id).textContent);

/** A new element; attributes that are null or false are left out, children may be strings. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** An icon of static/img/icons.svg; the words beside it speak for it. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Numbers change several times a second: nothing is written that stands there already. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setShown(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}

/** Fill a <select> with [{value, label}] and choose one; a value not among them takes the first. */
export function fillSelect(select, options, chosen) {
  const known = options.some((option) => option.value === chosen);
  select.replaceChildren(...options.map(({ value, label }) => element("option", { value }, label)));
  select.value = known ? chosen : (options[0]?.value ?? "");
}

/** Read aloud when there is a pause: starts, stops, "connected again". */
export const say = (sentence) => speak("polite", sentence);

/** Read aloud at once: no connection, unplugged, full. */
export const warn = (sentence) => speak("assertive", sentence);

const regions = new Map();

function speak(manner, sentence) {
  if (!regions.has(manner)) {
    const region = element("p", { class: "unseen", "aria-live": manner });
    document.body.append(region);
    regions.set(manner, region);
  }
  setText(regions.get(manner), sentence);
}

const keys = new Map();

/** Single keys: {" ": fn, p: fn}. Silent in fields, in dialogs and together with Ctrl, Alt or Meta. */
export function onKeys(actions) {
  if (!keys.size) document.addEventListener("keydown", pressed);
  for (const [key, action] of Object.entries(actions)) keys.set(key, action);
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (target.closest("input, textarea, select, [contenteditable]")) return;
  const presses = event.key === " " || event.key === "Enter";
  if (presses && target.closest("button, a, summary")) return; // the key already means this button
  const action = keys.get(event.key.toLowerCase());
  if (!action) return;
  event.preventDefault();
  action();
}

const plainTitle = document.title;
let plainIcon = null;

/** The tab's title and icon: `title(null)` puts the page's own back. */
export function title(text, liveIcon = null) {
  const wanted = text ?? plainTitle;
  if (document.title !== wanted) document.title = wanted;
  const link = document.querySelector('link[rel="icon"]');
  plainIcon ??= link.href;
  const href = liveIcon ?? plainIcon;
  if (link.getAttribute("href") !== href) link.setAttribute("href", href);
}

/** Tell the whole page in which phase the Studio is: on phones, bar and tabs go while the lens is live. */
export function setPhase(root, phase) {
  root.dataset.phase = phase;
  document.body.dataset.phase = phase;
}
