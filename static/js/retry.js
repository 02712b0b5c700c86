/** When to try again: back-off with full jitter, what the server asked for, and at once when the network is back. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * @param {number} failures how many times in a row it failed, from 1
 * @param {{retryAfter?: number|null}|null} [error]
 * @param {() => number} [random]
 * @returns {number} milliseconds to wait
 */
export function delayAfter(failures, error = null, random = Math.random) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  const asked = (error?.retryAfter ?? 0) * 1000;
  return Math.max(asked, ceiling / 2 + (random() * ceiling) / 2);
}

/** Wait, unless the network comes back or the signal aborts; never rejects. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    globalThis.addEventListener?.("online", done);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}
