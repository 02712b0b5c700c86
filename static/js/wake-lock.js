/** Keep the screen awake while it records. The browser lets go when the tab is hidden; it is taken again. */

/** @returns {() => void} let the screen sleep again; safe twice */
export function keepAwake() {
  let held = null;
  let wanted = true;
  const take = async () => {
    if (!wanted || document.visibilityState !== "visible") return;
    held = await navigator.wakeLock?.request("screen").catch(() => null);
    if (!wanted) held?.release();
  };
  document.addEventListener("visibilitychange", take);
  take();
  return () => {
    wanted = false;
    document.removeEventListener("visibilitychange", take);
    held?.release();
  };
}
