/**
 * Holding a run, so that no other tab takes it for left over: a Web Lock, which ends with the tab, however it ends.
 * Where a browser has no locks, a heartbeat does it: a run is left over when none came for a while.
 */

const BEAT_MS = 5000;
const SILENT_MS = 90_000; // a hidden tab's timers may run once a minute only
const NAME = "cam2bytes-run-";

/**
 * @param {string} id of the run
 * @returns {Promise<(() => void)|null>} release, or null when another tab holds it
 */
export function holdRun(id) {
  return navigator.locks ? holdByLock(NAME + id) : holdByHeartbeat(NAME + id);
}

function holdByLock(name) {
  return new Promise((resolve) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(release));
    });
  });
}

async function holdByHeartbeat(name) {
  const beat = () => localStorage.setItem(name, Date.now());
  if (Date.now() - Number(localStorage.getItem(name)) < SILENT_MS) return null;
  beat();
  const beating = setInterval(beat, BEAT_MS);
  return () => {
    clearInterval(beating);
    localStorage.removeItem(name);
  };
}
