/**
 * Keeps the logs of the outbox, off the page's main thread: digests, appends, flushes.
 *
 * In: {id, account, call, args}. Out: {id, result} or {id, error: {name, message}}. One call after the other.
 */

import { sha256Hex } from "./digest.js";
import { namesIn, RunLog } from "./run-log.js";

const ROOT = "cam2bytes-outbox";
const HELD = "NoModificationAllowedError";
const PATIENCE_MS = 3000;
const LOOK_AGAIN_MS = 100;
const logs = new Map(); // run -> RunLog
let line = Promise.resolve();

self.onmessage = ({ data }) => {
  line = line.then(() => answer(data));
};

async function answer({ id, account, call, args }) {
  try {
    const result = await calls[call](account, ...args);
    self.postMessage({ id, result }, result?.data ? [result.data] : []);
  } catch (error) {
    self.postMessage({ id, error: { name: error.name, message: error.message } });
  }
}

const calls = {
  /** Whether this browser can do it: it is tried. */
  async trial(account) {
    const folder = await folderOf(account, "trial");
    const file = await folder.getFileHandle(crypto.randomUUID(), { create: true });
    const handle = await file.createSyncAccessHandle();
    handle.write(new Uint8Array(1), { at: 0 });
    handle.flush();
    handle.close();
    await folder.removeEntry(file.name);
  },

  /** @returns {Promise<string>} the digest, hex */
  async put(account, { run, data, ...facts }) {
    const bytes = data instanceof Blob ? await data.arrayBuffer() : data;
    const sha256 = await sha256Hex(bytes);
    await (await logOf(account, run)).append({ ...facts, size: bytes.byteLength, sha256 }, bytes);
    return sha256;
  },

  async numbers(account, run) {
    return (await knownLog(account, run))?.numbers() ?? [];
  },

  async get(account, run, number) {
    return (await knownLog(account, run))?.get(number);
  },

  /** @returns {Promise<number[]>} those that were not here */
  async forget(account, run, numbers) {
    const log = await knownLog(account, run);
    return log ? log.forget(numbers) : numbers;
  },

  /** {count, bytes} that wait; none while another tab has the log. */
  async waiting(account, run) {
    const isOurs = logs.has(run);
    try {
      const log = await knownLog(account, run, 0);
      return { count: log?.places.size ?? 0, bytes: log?.bytes ?? 0 };
    } catch (error) {
      if (error.name !== HELD) throw error;
      return { count: 0, bytes: 0 };
    } finally {
      if (!isOurs) release(run); // it was only looked at
    }
  },

  /** Remove the log of a run, and all that waits in it. */
  async remove(account, run) {
    release(run);
    await (await accountFolder(account)).removeEntry(run, { recursive: true }).catch(ignoreMissing);
  },

  /** Remove all logs; not those that another tab works on. */
  async clear(account) {
    const folder = await accountFolder(account);
    for (const run of await namesIn(folder)) {
      release(run);
      await folder.removeEntry(run, { recursive: true });
    }
  },
};

function release(run) {
  logs.get(run)?.close();
  logs.delete(run);
}

async function logOf(account, run, patienceMs = PATIENCE_MS) {
  if (!logs.has(run)) logs.set(run, await openPatiently(await folderOf(account, run), patienceMs));
  return logs.get(run);
}

/** Another tab may have it open for a moment, to see what waits. */
async function openPatiently(folder, patienceMs) {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await RunLog.open(folder);
    } catch (error) {
      if (error.name !== HELD || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }
}

/** The log, if there is one: looking for what waits makes no folders. */
async function knownLog(account, run, patienceMs) {
  if (logs.has(run)) return logs.get(run);
  const folder = await accountFolder(account);
  const found = await folder.getDirectoryHandle(run).catch(ignoreMissing);
  return found ? logOf(account, run, patienceMs) : null;
}

async function folderOf(account, name) {
  return (await accountFolder(account)).getDirectoryHandle(name, { create: true });
}

async function accountFolder(account) {
  const root = await navigator.storage.getDirectory();
  return (await root.getDirectoryHandle(ROOT, { create: true })).getDirectoryHandle(account, { create: true });
}

function ignoreMissing(error) {
  if (error.name !== "NotFoundError") throw error;
}
