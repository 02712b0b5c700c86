/** Signing out while bytes wait here asks first: send, keep or delete them. Without this file it just signs out. */

import { byId, setShown, setText } from "../ui.js";
import { sendingWords, signOutWords } from "../words-outbox.js";
import { pageDelivery, pageOutbox } from "./page-outbox.js";

const form = byId("sign-out-form");
const dialog = byId("sign-out-dialog");
let outbox = null;
let delivery = null;
let sending = false;

export function askAtSignOut() {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    outbox = await pageOutbox();
    delivery = await pageDelivery();
    const waits = outbox && (await whatWaits().catch(() => null));
    if (waits?.runs.length || waits?.elsewhere) ask(waits);
    else form.submit();
  });
  byId("send-first").addEventListener("click", sendFirst);
  for (const button of dialog.querySelectorAll("[data-keep]")) button.addEventListener("click", keep);
  byId("delete-waiting").addEventListener("click", deleteThem);
  dialog.addEventListener("close", () => (sending = false));
}

/** What waits, run by run. */
async function whatWaits() {
  const runs = [];
  let elsewhere = false;
  for (const { id, name, kind } of await outbox.runs()) {
    const numbers = delivery.elsewhere.has(id) ? null : await outbox.numbers(id).catch(() => null);
    if (!numbers) elsewhere = true; // a log that cannot be opened is open in another tab
    else if (numbers.length) runs.push({ name, kind, count: numbers.length });
  }
  const { bytes } = await outbox.waiting();
  return { bytes, runs, asides: (await outbox.asides()).length, elsewhere };
}

function ask(waits) {
  const { title, text, deletes } = signOutWords(waits);
  setText(byId("sign-out-title"), title);
  setText(byId("sign-out-text"), text);
  setText(byId("delete-words"), deletes);
  setShown(byId("send-first"), waits.runs.length > 0);
  setShown(byId("delete-waiting"), waits.runs.length > 0 && !waits.elsewhere); // never from under a tab that is alive
  showStep("ask");
  dialog.showModal();
}

function showStep(name) {
  for (const part of dialog.querySelectorAll("[data-step]")) setShown(part, part.dataset.step === name);
}

async function sendFirst() {
  sending = true;
  showStep("sending");
  const tell = async () => {
    const { title, text } = sendingWords((await outbox.waiting()).bytes, [...delivery.news.values()]);
    setText(byId("sign-out-title"), title);
    setText(byId("sign-out-text"), text);
  };
  delivery.addEventListener("news", tell);
  tell();
  dispatchEvent(new Event("online")); // what waits between two tries, tries now
  await delivery.sent;
  delivery.removeEventListener("news", tell);
  if (sending) form.submit();
}

function keep() {
  sending = false;
  delivery.stop();
  form.submit();
}

async function deleteThem() {
  delivery.stop();
  try {
    await outbox.clear();
    form.submit();
  } catch {
    setText(byId("sign-out-text"), "Another tab still uses what waits here. Close it, then try again.");
  }
}
