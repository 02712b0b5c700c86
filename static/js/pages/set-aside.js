/** "Set aside on this device", on the Account page: what the server refused for good, to download or discard. */

import { Tar } from "../tar.js";
import { byId, element, say, setShown, setText } from "../ui.js";
import { discardWords, groups, groupWords } from "../words-outbox.js";
import { pageDelivery, pageOutbox } from "./page-outbox.js";

const ENDINGS = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp" };
const NUMBER_DIGITS = 6;
const NAME_MOST = 40;

const section = byId("set-aside");
const dialog = byId("discard-dialog");
let outbox = null;
let doomed = []; // groups that the dialog asks about

export async function showSetAside() {
  outbox = await pageOutbox();
  if (!outbox) return;
  byId("set-aside-download").addEventListener("click", async () => download(await current()));
  byId("set-aside-discard").addEventListener("click", async () => ask(await current()));
  byId("discard-button").addEventListener("click", discard);
  await refresh();
  if (location.hash === `#${section.id}`) section.scrollIntoView();
  (await pageDelivery())?.addEventListener("news", soon);
}

async function current() {
  return groups(await outbox.asides());
}

/** Something may have been set aside just now; several at once are looked at once. */
let timer = 0;
function soon() {
  timer ||= setTimeout(() => {
    timer = 0;
    refresh();
  }, 500);
}

async function refresh() {
  const found = await current();
  setShown(section, found.length > 0);
  setShown(byId("set-aside-all"), found.length > 1);
  byId("set-aside-list").replaceChildren(...found.map(entry));
}

function entry(group) {
  const { title, facts } = groupWords(group);
  const button = (label, kind, act) => {
    const attributes = { class: `button ${kind}`, type: "button", "aria-label": `${label}: ${title}` };
    const made = element("button", attributes, label);
    made.addEventListener("click", act);
    return made;
  };
  const heading = group.url ? element("a", { href: group.url }, title) : title;
  return element("li", {},
    element("div", {}, element("h3", {}, heading), element("p", { class: "small quiet num" }, facts),
      element("p", {}, group.detail)),
    element("div", { class: "row-buttons" },
      button("Download", "", () => download([group])),
      button("Discard", "button-lost", () => ask([group]))));
}

// Download -------------------------------------------------------------------------------------

/** One piece as it is; several as an archive. They are read one by one. */
async function download(all) {
  const items = all.flatMap((group) => group.items);
  if (items.length === 1) {
    const { data, type } = await outbox.getAside(items[0].run, items[0].number);
    return offer(new Blob([data], { type }), fileName(items[0]));
  }
  const tar = new Tar();
  for (const item of items) {
    const { data } = await outbox.getAside(item.run, item.number);
    tar.add(`${folder(item)}/${fileName(item)}`, data, item.takenAtMs ?? undefined);
  }
  offer(tar.end(), all.length === 1 ? `${folder(items[0])}.tar` : "set-aside.tar");
}

function fileName({ kind, number, type }) {
  const digits = String(number).padStart(NUMBER_DIGITS, "0");
  return kind === "capture" ? `frame-${digits}.${ENDINGS[type] ?? "bin"}` : `chunk-${digits}.part`;
}

/** "Interview P-013" of run 5f0c… -> "Interview-P-013-5f0c1a2b": plain for every system, and not twice the same. */
function folder({ name, kind, run }) {
  const plain = (name || kind).normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return `${plain.slice(0, NAME_MOST) || kind}-${run.slice(0, 8)}`;
}

function offer(blob, name) {
  const href = URL.createObjectURL(blob);
  const link = element("a", { href, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // the browser may still ask where to put it
}

// Discard --------------------------------------------------------------------------------------

function ask(all) {
  doomed = all;
  const { title, text } = discardWords(all);
  setText(byId("discard-title"), title);
  setText(byId("discard-text"), text);
  dialog.showModal();
}

async function discard() {
  dialog.close();
  for (const { run, number } of doomed.flatMap((group) => group.items)) await outbox.dropAside(run, number);
  await refresh();
  say("Discarded.");
}
