/** A clock that goes on in a hidden tab: the tab's own timers are slowed down to once a second, a Worker's are not. */

/**
 * @param {number} everyMs
 * @param {(at: number) => void} onTick with the time of the tick itself, epoch milliseconds; a busy page hears it later
 * @returns {() => void} stop; safe twice
 */
export function startTicker(everyMs, onTick) {
  const worker = new Worker(new URL("./ticker-worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data: at }) => onTick(at);
  worker.postMessage(everyMs);
  return () => worker.terminate();
}
