/** Ticks for `ticker.js`. In: how many milliseconds lie between two ticks. Out: at each the time of day, epoch
 *  milliseconds. */

self.onmessage = ({ data: everyMs }) => setInterval(() => self.postMessage(Date.now()), everyMs);
