/** The line below the bar: what an interrupted tab left goes up, or is whole again; what the server refused. */

import { byId, say } from "../ui.js";
import { groups, leftovers, setAsideLine } from "../words-outbox.js";
import { NewsNote } from "./news-note.js";
import { pageDelivery, pageOutbox } from "./page-outbox.js";

const SAY_MS = 30_000; // numbers that change are read aloud no more often

const note = new NewsNote();
let said = { strong: "", at: 0 };

export async function startLine() {
  const outbox = await pageOutbox();
  if (!outbox) return;
  const found = groups(await outbox.asides()).filter(belongsHere);
  if (found.length) show(setAsideLine(found), true);
  const delivery = await pageDelivery();
  if (!delivery) return;
  const tell = () => {
    const all = [...delivery.news.values()];
    if (all.length) show(leftovers(all), all.every(({ done }) => done));
  };
  delivery.addEventListener("news", tell);
  tell();
}

/** The Library tells of all that is set aside, a page of what is its own; the Account page shows it. */
function belongsHere({ url }) {
  return document.body.dataset.place === "library" || location.pathname === url;
}

function show(words, isOver) {
  note.show(words, isOver);
  if (!note.root.isConnected) byId("page-line").replaceChildren(note.root);
  const isNew = words.strong !== said.strong;
  if (!isNew && Date.now() - said.at < SAY_MS) return;
  said = { strong: words.strong, at: Date.now() };
  say(`${words.strong} ${words.text}`);
}
