/** The name alone, so that a page can see whether there is an outbox without loading it. */

/** @param {string} account @returns {string} of its IndexedDB */
export function databaseName(account) {
  return `cam2bytes-outbox-${account}`;
}
