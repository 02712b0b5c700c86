/** The outbox of the account that is signed in, and what is delivered from it: once for the whole page.
 *  Each is null where this browser never took anything for this account; then nothing more is loaded. */

const { account, place } = document.body.dataset;

let outbox = null;
let delivery = null;

/** @returns {Promise<import("../outbox.js").Outbox|null>} */
export function pageOutbox() {
  outbox ??= open().catch(() => null); // a browser that keeps nothing holds nothing
  return outbox;
}

/** Everywhere but in the Studio, which has its own. @returns {Promise<import("../leftovers.js").Delivery|null>} */
export function pageDelivery() {
  delivery ??= begin();
  return delivery;
}

async function open() {
  if (!account) return null;
  const known = await indexedDB.databases?.();
  if (known && !known.some(({ name }) => name === `cam2bytes-outbox-${account}`)) return null;
  const { openOutbox } = await import("../outbox.js");
  return openOutbox(account);
}

async function begin() {
  const opened = place === "studio" ? null : await pageOutbox();
  if (!opened) return null;
  const { Delivery } = await import("../leftovers.js");
  return new Delivery(opened, account);
}
