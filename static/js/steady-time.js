/** This browser's steady clock as epoch milliseconds: the same in the page and its Workers, and nobody sets it. What is
 *  wrong with it, the server's clock tells (server-clock.js); the clock of the device can be set while we count. */

export const steadyNow = () => performance.timeOrigin + performance.now();

/** @param {number} at of performance.now, requestVideoFrameCallback and the like */
export const steadyEpoch = (at) => performance.timeOrigin + at;
