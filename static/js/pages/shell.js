/** What every page does beyond HTML: the viewer's zone, menus, dialogs, toasts, single keys, and sending what an
 *  interrupted tab left. All of it is extra: without this file the pages work, with links and forms alone. */

import { startParts } from "./parts.js";
import { localTimes, rememberZone } from "./zone.js";

const TOAST_MS = 6000;

rememberZone();
localTimes(document);
startParts(localTimes);

document.addEventListener("click", (event) => {
  const dialogLink = event.target.closest("[data-dialog]");
  const dialog = dialogLink && document.getElementById(dialogLink.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
  if (event.target.closest("dialog [data-close]") || event.target.matches("dialog")) {
    event.preventDefault();
    event.target.closest("dialog").close();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || dialogLink) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement?.closest("details[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
  event.stopImmediatePropagation();
});

// A form that appears takes the focus with it.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[open]")) event.target.querySelector("input:not([type=hidden])")?.select();
}, true);

// Single keys: an element's data-key; never while something is typed, never in the Studio, which has its own.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.body.dataset.place === "studio" || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, video, audio, [contenteditable]")) return;
  const wanted = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === event.key);
  if (!wanted) return;
  event.preventDefault();
  wanted.matches("input") ? wanted.focus() : wanted.click();
});

for (const button of document.querySelectorAll("[data-copy-link]")) button.hidden = !navigator.clipboard;
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-link]");
  if (!button) return;
  await navigator.clipboard.writeText(location.href);
  toast(button.dataset.done);
});

/** Say one thing at the foot of the page; it goes by itself. */
export function toast(sentence) {
  const words = document.createElement("p");
  words.className = "toast";
  words.textContent = sentence;
  document.querySelector(".toasts").replaceChildren(words);
  letToastsGo();
}

function letToastsGo() {
  for (const words of document.querySelectorAll(".toast")) {
    let timer = 0;
    const wait = () => { timer = setTimeout(() => words.remove(), TOAST_MS); };
    words.addEventListener("mouseenter", () => clearTimeout(timer));
    words.addEventListener("mouseleave", wait);
    wait();
  }
}
letToastsGo();
document.addEventListener("parts", letToastsGo);

/** What cannot be loaded, because the page is left or the server is away, the next page does. */
async function deliver() {
  const page = await import("./page-outbox.js").catch(() => null);
  await page?.whenThereIsAnOutbox();
  const line = page && (await import("./waiting-line.js").catch(() => null));
  await line?.startLine();
}

// The Studio tells the same news in its own place.
if (document.body.dataset.account && document.body.dataset.place !== "studio") {
  deliver();
}
