/** One request with what waits: frames go as a batch, a chunk goes alone. What the server said of each. */

import { api } from "./api.js";
import { BATCH_TYPE, buildBatch } from "./batch.js";
import { contentDigest } from "./digest.js";
import { ProblemError } from "./errors.js";

export const CHUNKS_AT_A_TIME = 3; // they share the link
const PATIENCE_MS = 30_000;
const SLOWEST_BYTES_PER_MS = 5; // 40 kbit/s: a link that is slower than that is taken for dead

const LONGEST_WAIT_MS = 365 * 24 * 3_600_000;

/** @typedef {import("./outbox.js").Item} Item */
/**
 * @typedef {object} Outcome
 * @property {Item[]} kept with a receipt
 * @property {{number: number, code: string, detail: string}[]} refused for good
 * @property {ProblemError|null} trouble why the others were not kept; they may be sent again
 */

/** @param {string} path of the capture session @param {Item[]} items @returns {Promise<Outcome>} */
export async function sendFrames(path, items, signal) {
  const body = buildBatch(items);
  const headers = { "Content-Type": BATCH_TYPE };
  const { receipts } = await api("POST", `${path}/frames`, { body, headers, signal, patienceMs: patience(body.size) });
  const outcome = { kept: [], refused: [], trouble: null };
  const answers = new Map(receipts.map((receipt) => [receipt.number, receipt]));
  for (const item of items) {
    const answer = answers.get(item.number);
    const problem = answer && answer.status >= 300 ? new ProblemError(answer) : null;
    if (answer && !problem) outcome.kept.push(item);
    else if (problem && !problem.mayPass) outcome.refused.push(answer);
    else outcome.trouble = problem ?? new ProblemError({ status: 500, code: "no-receipt", detail: "No receipt came." });
  }
  return outcome;
}

/** @param {string} path of the recording @param {Item} item @returns {Promise<Outcome>} */
export async function sendChunk(path, item, signal) {
  const headers = { "Content-Type": "application/octet-stream", "Content-Digest": contentDigest(item.sha256) };
  if (item.takenAtMs) headers["Cam2Bytes-Waited-Ms"] = String(waitedMs(item.takenAtMs));
  const options = { body: item.data, headers, signal, patienceMs: patience(item.size * CHUNKS_AT_A_TIME) };
  await api("PUT", `${path}/chunks/${item.number}`, options);
  return { kept: [item], refused: [], trouble: null };
}

/** By this device's own clock, which may have been set meanwhile: nothing that the server would refuse. */
function waitedMs(sinceMs) {
  return Math.round(Math.min(Math.max(Date.now() - sinceMs, 0), LONGEST_WAIT_MS));
}

function patience(size) {
  return Math.round(PATIENCE_MS + size / SLOWEST_BYTES_PER_MS);
}
