/** How a run ends on the server: a capture session is closed, a recording is sealed. Said until it is heard. */

import { api } from "./api.js";
import { ProblemError } from "./errors.js";
import { delayAfter, pause } from "./retry.js";

/** @typedef {import("./outbox.js").Run} Run */

/** @param {Run} run @returns {string} */
export function endPath(run) {
  return `${run.path}/${run.kind === "capture" ? "close" : "seal"}`;
}

/**
 * @param {Run} run
 * @param {object} end the JSON of the close or of the seal
 * @returns {Promise<object|null>} the closed or sealed one; null when it is deleted, or was ended otherwise before
 */
export function tellEnd(run, end) {
  return untilHeard(() => api("POST", endPath(run), { json: end }));
}

/**
 * The end of a run whose page died without saying it: what the server holds now is all there is.
 * @param {Run} run @returns {Promise<object|null>} null: there is nothing to end
 */
export async function endAsHeld(run) {
  const end_reason = "interrupted";
  if (run.kind === "capture") {
    const capture = await untilHeard(() => api("GET", run.path));
    return capture && { frame_count: capture.frame_count, end_reason };
  }
  const held = (await untilHeard(() => api("GET", `${run.path}/chunks`)))?.held;
  return held?.length ? { chunk_count: held.at(-1)[1] + 1, end_reason } : null;
}

async function untilHeard(ask) {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ProblemError && error.isFinal) return null;
      await pause(delayAfter(failures, error));
    }
  }
}
