/** How a run ends on the server: a capture session is closed, a recording is sealed. Said until it is heard. */

import { api } from "./api.js";
import { ProblemError } from "./errors.js";
import { delayAfter, pause } from "./retry.js";
import { isUnknownToServer } from "./sign-in.js";

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
  return untilHeard(run, () => api("POST", endPath(run), { json: end }));
}

/**
 * The end of a run whose page died without saying it: what the server holds now is all there is.
 * @param {Run} run
 * @param {boolean} delivered whether something was sent just now
 * @returns {Promise<object|null>} null: it is ended already
 */
export async function endAsHeld(run, delivered) {
  const end_reason = "interrupted";
  const now = await untilHeard(run, () => api("GET", run.path));
  if (run.kind === "capture") {
    return now && (delivered || now.status === "open") ? { frame_count: now.frame_count, end_reason } : null;
  }
  if (now?.status !== "open") return null; // what the sweep had sealed opens again when a chunk comes
  const { held } = (await untilHeard(run, () => api("GET", `${run.path}/chunks`))) ?? { held: [] };
  return { chunk_count: held.length ? held.at(-1)[1] + 1 : 0, end_reason };
}

async function untilHeard(run, ask) {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      const isProblem = error instanceof ProblemError;
      if (isProblem && (error.isFinal || (await isUnknownToServer(error, run.account)))) return null;
      await pause(delayAfter(failures, error));
    }
  }
}
