/** Ticks for `ticker.js`. In: how many milliseconds lie between two ticks. Out: a message at each. */

self.onmessage = ({ data: everyMs }) => setInterval(() => self.postMessage(null), everyMs);
