/** How a run ends on the server: a capture session is closed, a recording is sealed. Said until it is heard. */

import { api } from "./api.js";
import { ProblemError } from "./errors.js";
import { delayAfter, pause } from "./retry.js";

/**
 * @param {import("./outbox.js").Run} run
 * @param {object} end the JSON of the close or of the seal
 */
export async function tellEnd(run, end) {
  const path = `${run.path}/${run.kind === "capture" ? "close" : "seal"}`;
  for (let failures = 1; ; failures += 1) {
    try {
      return await api("POST", path, { json: end });
    } catch (error) {
      if (error instanceof ProblemError && !error.mayPass && !error.needsSignIn) return null; // deleted, or sealed before
      await pause(delayAfter(failures, error));
    }
  }
}
