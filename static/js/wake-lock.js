/** Keep the screen awake while it records. The browser lets go when the tab is hidden; it is taken again. */

/**
 * @param {(awake: boolean) => void} [onChange] whether the screen really stays awake, whenever that changes
 * @returns {() => void} let the screen sleep again; safe twice
 */
export function keepAwake(onChange = () => {}) {
  let held = null;
  let wanted = true;
  const take = async () => {
    if (!wanted || document.visibilityState !== "visible") return;
    const lock = await navigator.wakeLock?.request("screen").catch(() => null);
    if (!lock) return;
    if (!wanted) return lock.release();
    held = lock;
    lock.addEventListener("release", () => held === lock && onChange(false));
    onChange(true);
  };
  document.addEventListener("visibilitychange", take);
  take();
  return () => {
    wanted = false;
    document.removeEventListener("visibilitychange", take);
    held?.release();
  };
}
