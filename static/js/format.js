/** Numbers as people read them. */

/** "desk-07 · 1280 × 720": what is empty is left out. */
export const dotted = (...facts) => facts.filter(Boolean).join(" · ");

/** @param {number} ms @returns {string} 0:07, 12:41, 1:02:03 */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** @param {number} count @returns {string} 790 kB, 13.4 MB, 238 MB, 1.1 GB: decimal units, as disks are sold */
export function bytes(count) {
  let value = count;
  for (const unit of ["B", "kB", "MB", "GB", "TB"]) {
    if (value < 999.5 || unit === "TB") {
      const digits = unit === "B" || unit === "kB" || value >= 99.95 ? 0 : 1;
      return `${value.toFixed(digits)} ${unit}`;
    }
    value /= 1000;
  }
}

/** @param {number} perSecond @returns {string} 1.97, 10.0, 0.10 */
export function rate(perSecond) {
  return perSecond >= 9.995 ? perSecond.toFixed(1) : perSecond.toFixed(2);
}

/** A rate as people count it. @param {number} perSecond @returns {{number: string, unit: string}} 1.97 per second; from
 *  below one in ten seconds on: 60 s apart, 15 min apart */
export function pace(perSecond) {
  if (perSecond >= 0.095) return { number: rate(perSecond), unit: "per second" };
  const seconds = 1 / perSecond;
  const [value, unit] = seconds < 119.5 ? [seconds, "s"] : [seconds / 60, "min"];
  return { number: `${Number(value.toFixed(1))} ${unit}`, unit: "apart" };
}

const TIME_OF_DAY = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** @param {number|Date} moment @returns {string} 09:14:05, in the viewer's zone */
export function timeOfDay(moment) {
  return TIME_OF_DAY.format(moment);
}

/** @param {number} hours @returns {string} 41 h, 3 h 10 min, 12 min */
export function duration(hours) {
  if (hours >= 10) return `${Math.floor(hours).toLocaleString()} h`;
  const minutes = Math.floor(hours * 60);
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;
}

/** @param {number} ms how long ago @returns {string} 3 s, 4 min, 2 h 10 min */
export function ago(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return duration(seconds / 3600);
}
