/** How much this browser may hold here, and whether it may clear that by itself. */

const ANSWER = "cam2bytes.storage"; // in localStorage: "granted" or "refused"

/**
 * @typedef {object} DeviceRoom
 * @property {number|null} left bytes; null: the browser does not say
 * @property {number|null} quota bytes in all
 * @property {boolean} mayBeCleared the browser was asked to keep what waits, and refused
 */

/** @returns {Promise<DeviceRoom>} */
export async function deviceRoom() {
  const [estimate, persisted] = await Promise.all([
    navigator.storage?.estimate?.().catch(() => null),
    navigator.storage?.persisted?.().catch(() => false),
  ]);
  const { quota = null, usage = 0 } = estimate ?? {};
  const left = quota === null ? null : Math.max(0, quota - usage);
  return { left, quota, mayBeCleared: !persisted && answered() === "refused" };
}

/**
 * Ask the browser not to clear what waits, even when its disk is full. Some browsers ask the person then, so this
 * is for the moment when something is to be kept; one that refused may have changed its mind by the next visit.
 * @returns {Promise<boolean>} whether it refused, for the first time here
 */
export async function askToPersist() {
  if (!navigator.storage?.persist || (await navigator.storage.persisted())) return false;
  const before = answered();
  const answer = (await navigator.storage.persist()) ? "granted" : "refused";
  remember(answer);
  return answer === "refused" && before !== "refused";
}

function answered() {
  try {
    return localStorage.getItem(ANSWER);
  } catch {
    return null;
  }
}

function remember(answer) {
  try {
    localStorage.setItem(ANSWER, answer);
  } catch {
    // where nothing is remembered it is told at every visit
  }
}
