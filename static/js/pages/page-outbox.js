/** The outbox of the account that is signed in, and what is delivered from it: once for the whole page.
 *  Each is null as long as this browser never took anything for this account; then nothing more is loaded. */

import { databaseName } from "../outbox-name.js";

const LOOK_AGAIN_MS = 15_000;
const { account, place } = document.body.dataset;

let outbox = null;
let delivery = null;

/** @returns {Promise<import("../outbox.js").Outbox|null>} */
export async function pageOutbox() {
  return (outbox ??= await open().catch(() => null)); // a browser that keeps nothing holds nothing
}

/** Everywhere but in the Studio, which has its own; null also when it cannot be loaded just now.
 *  @returns {Promise<import("../leftovers.js").Delivery|null>} */
export async function pageDelivery() {
  const opened = place === "studio" ? null : await pageOutbox();
  if (!opened) return null;
  const leftovers = await import("../leftovers.js").catch(() => null); // the page is left, or the server away
  return leftovers && (delivery ??= new leftovers.Delivery(opened, account));
}

/** Another tab may begin one at any time, and crash: then this page is there. */
export async function whenThereIsAnOutbox() {
  while (!(await pageOutbox())) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
}

async function open() {
  if (!account) return null;
  const known = await indexedDB.databases?.();
  if (known && !known.some(({ name }) => name === databaseName(account))) return null;
  const { openOutbox } = await import("../outbox.js");
  return openOutbox(account);
}
