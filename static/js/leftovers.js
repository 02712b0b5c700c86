/**
 * What an interrupted tab left in the outbox of this account: sent on the next visit, by itself. A tab that is
 * alive holds a Web Lock on its run and is never disturbed.
 */

import { tellEnd } from "./ending.js";
import { holdRun, openOutbox } from "./outbox.js";
import { Uploader } from "./uploader.js";

/**
 * @param {string} account
 * @param {(news: {name: string, url: string, kind: string, waiting: number, size: number, done: boolean}) => void} onNews
 */
export async function deliverLeftovers(account, onNews) {
  const outbox = await openOutbox(account);
  for (const run of await outbox.runs()) {
    const release = await holdRun(run.id);
    if (!release) continue;
    await deliver(outbox, run, onNews);
    release();
  }
}

async function deliver(outbox, run, onNews) {
  const numbers = await outbox.numbers(run.id);
  const uploader = new Uploader(outbox, run, numbers);
  const news = { name: run.name, url: run.url, kind: run.kind, startedAt: run.startedAt, size: 0 };
  const tell = (done) => numbers.length && onNews({ ...news, waiting: uploader.waiting, done });
  uploader.addEventListener("kept", ({ detail }) => {
    news.size += detail.size;
    tell(false);
  });
  tell(false);
  await uploader.drained();
  await uploader.stop();
  // A page that said its end had counted everything; for one that was killed, the sweep counts what is held.
  if (run.end) await tellEnd(run, run.end);
  await outbox.forgetRun(run.id);
  tell(true);
}
