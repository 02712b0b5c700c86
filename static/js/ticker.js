/** A clock that goes on in a hidden tab: the tab's own timers are slowed down to once a second, a Worker's are not. */

/**
 * @param {number} everyMs
 * @param {() => void} onTick
 * @returns {() => void} stop; safe twice
 */
export function startTicker(everyMs, onTick) {
  const worker = new Worker(new URL("./ticker-worker.js", import.meta.url), { type: "module" });
  worker.onmessage = onTick;
  worker.postMessage(everyMs);
  return () => worker.terminate();
}
