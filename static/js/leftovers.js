/**
 * What an interrupted tab left in the outbox of this account: sent on the next visit, by itself. A tab that is
 * alive holds a Web Lock on its run and is never disturbed.
 */

import { endAsHeld, tellEnd } from "./ending.js";
import { holdRun } from "./hold-run.js";
import { openOutbox } from "./outbox.js";
import { Uploader } from "./uploader.js";

/**
 * @typedef {object} News
 * @property {string} name of the run
 * @property {string} url of its page
 * @property {"capture"|"recording"} kind
 * @property {number} startedAt epoch ms
 * @property {number} waiting how many frames or chunks
 * @property {number} size bytes that were kept by this visit
 * @property {boolean} done
 */

/**
 * @param {string} account
 * @param {(news: News) => void} onNews only of runs of which something waited
 */
export async function deliverLeftovers(account, onNews) {
  if (!navigator.locks) return; // plain http: no camera, so nothing was taken here either
  const outbox = await openOutbox(account);
  for (const run of await outbox.runs()) {
    const release = await holdRun(run.id);
    if (!release) continue;
    await deliver(outbox, run, onNews).finally(release);
  }
}

async function deliver(outbox, run, onNews) {
  const numbers = await outbox.numbers(run.id);
  const news = { name: run.name, url: run.url, kind: run.kind, startedAt: run.startedAt, size: 0 };
  const tell = (waiting, done) => numbers.length && onNews({ ...news, waiting, done });
  const uploader = new Uploader(outbox, run, numbers);
  uploader.addEventListener("kept", ({ detail }) => {
    news.size += detail.size;
    tell(uploader.waiting, false);
  });
  tell(numbers.length, false);
  await uploader.drained();
  await uploader.stop();
  const end = run.end ?? (await endAsHeld(run, numbers.length > 0));
  if (end) await tellEnd(run, end);
  await outbox.forgetRun(run.id);
  tell(0, true);
}
