/**
 * The outbox: what this browser still holds because no receipt came. It belongs to one account.
 *
 * Bytes go in with their digest *before* they are sent, and go out only on the server's receipt. They lie in an
 * append log in the browser's private file system (`run-log.js`); where there is none, in IndexedDB. What the server
 * refuses for good is set aside, never dropped. Nothing is held in memory but numbers: whoever sends reads the bytes
 * when their turn comes.
 */

import { sha256Hex } from "./digest.js";
import { OutboxDatabase } from "./outbox-database.js";
import { OutboxLog } from "./outbox-log.js";

/**
 * @typedef {object} Run
 * @property {string} id made here; the `client_id` of its start
 * @property {string} account
 * @property {"capture"|"recording"} kind
 * @property {string} path of its API, from /api/v1 on
 * @property {string} name
 * @property {string} url of its page
 * @property {number} startedAt epoch ms
 * @property {object|null} end the JSON of its close or seal, once it is known
 * @property {boolean} [inFiles] whether a part of it may lie in private files; the outbox knows
 */
/**
 * @typedef {object} Item
 * @property {string} run
 * @property {number} number
 * @property {ArrayBuffer} data
 * @property {number} size bytes
 * @property {string} sha256 hex
 * @property {string} type
 * @property {number|null} takenAtMs epoch ms; of a chunk, when it was cut
 */

/**
 * @typedef {object} Aside what the server refused for good
 * @property {string} run
 * @property {string} name of the run
 * @property {string} url of its page
 * @property {"capture"|"recording"} kind
 * @property {number} number
 * @property {number} size bytes
 * @property {string} type
 * @property {number|null} takenAtMs epoch ms
 * @property {string} code of the refusal
 * @property {string} detail its sentence
 */

const NO_ROOM = "QuotaExceededError";
const opened = new Map(); // account -> Promise<Outbox>: one for the page, because a log is open only once

/** @param {string} account @returns {Promise<Outbox>} */
export function openOutbox(account) {
  const key = String(account);
  if (!opened.has(key)) {
    opened.set(key, open(key));
    opened.get(key).catch(() => opened.delete(key)); // the next one who asks tries again
  }
  return opened.get(key);
}

async function open(account) {
  const [database, log] = await Promise.all([OutboxDatabase.open(account), OutboxLog.open(account)]);
  return new Outbox(account, database, log);
}

export class Outbox {
  /** @param {string} account @param {OutboxDatabase} database @param {OutboxLog|null} log */
  constructor(account, database, log) {
    this.account = account;
    this.database = database;
    this.log = log;
    this.place = log ? "files" : "database"; // where what comes now is kept
  }

  // Runs ---------------------------------------------------------------------------------------

  /** @param {Run} run */
  async putRun(run) {
    const row = { ...run, inFiles: this.log !== null };
    await this.database.change(["runs"], (stores) => stores.runs.put(row));
  }

  /** @returns {Promise<Run[]>} oldest first */
  async runs() {
    return (await this.database.all("runs")).sort((a, b) => a.startedAt - b.startedAt);
  }

  /** @returns {Promise<Run|undefined>} */
  getRun(id) {
    return this.database.get("runs", id);
  }

  /** Forget a run of which nothing waits any more. */
  async forgetRun(id) {
    await this.#reachFiles(id);
    await this.log?.call("remove", id);
    await this.database.change(["runs"], (stores) => stores.runs.delete(id));
  }

  // What waits ---------------------------------------------------------------------------------

  /**
   * Keep bytes; when this resolves they survive the tab, the browser and the machine.
   * @param {{run: string, number: number, data: ArrayBuffer|Blob, type: string, takenAtMs: number|null}} item
   * @throws {DOMException} QuotaExceededError: there is no room
   */
  async put(item) {
    if (this.place === "files") {
      try {
        return await this.log.call("put", item);
      } catch (error) {
        if (error.name === NO_ROOM) throw error;
        this.place = "database"; // files fail for another reason: what comes goes on there
      }
    }
    const data = item.data instanceof Blob ? await item.data.arrayBuffer() : item.data;
    const kept = { ...item, data, size: data.byteLength, sha256: await sha256Hex(data) };
    await this.database.change(["items"], (stores) => stores.items.put(kept));
  }

  /**
   * @returns {Promise<number[]>} the numbers that wait, in order
   * @throws {DOMException} InvalidStateError: some may lie in files that cannot be reached just now
   */
  async numbers(run) {
    await this.#reachFiles(run);
    const inFiles = (await this.log?.call("numbers", run)) ?? [];
    const inDatabase = await this.database.numbers("items", run);
    return [...new Set([...inFiles, ...inDatabase])].sort((a, b) => a - b);
  }

  /** The private files may fail for a moment; a run that used them is not empty because of that. */
  async #reachFiles(run) {
    if (this.log || !(await this.getRun(run))?.inFiles) return;
    this.log = await OutboxLog.open(this.account);
    if (!this.log) throw new DOMException("the private files cannot be reached", "InvalidStateError");
  }

  /** @returns {Promise<Item|undefined>} */
  async get(run, number) {
    const item = await this.log?.call("get", run, number);
    return item ? { ...item, run } : this.database.get("items", [run, number]);
  }

  /** The receipts came. */
  async forget(run, numbers) {
    const others = this.log ? await this.log.call("forget", run, numbers) : numbers;
    if (!others.length) return;
    await this.database.change(["items"], ({ items }) => others.forEach((number) => items.delete([run, number])));
  }

  /**
   * @param {string} [run] one; else all of them
   * @returns {Promise<{count: number, bytes: number}>} what waits; not in logs that another tab works on just now
   */
  async waiting(run) {
    const sum = { count: 0, bytes: 0 };
    await this.database.each("items", (item) => {
      if (run && item.run !== run) return;
      sum.count += 1;
      sum.bytes += item.size;
    });
    if (!this.log) return sum;
    for (const id of run ? [run] : (await this.runs()).map((one) => one.id)) {
      const inFiles = await this.log.call("waiting", id);
      sum.count += inFiles.count;
      sum.bytes += inFiles.bytes;
    }
    return sum;
  }

  /** Forget everything of this account. @throws {DOMException} where another tab works on something, or the files
   *  cannot be reached */
  async clear() {
    for (const { id } of await this.runs()) await this.#reachFiles(id);
    await this.log?.call("clear");
    await this.database.change(["runs", "items", "aside", "asideData"], (stores) => {
      for (const store of Object.values(stores)) store.clear();
    });
  }

  // Set aside ----------------------------------------------------------------------------------

  /** The server refuses it for good: kept here, out of the way. */
  async setAside(run, number, { code, detail }) {
    const item = await this.get(run, number);
    if (!item) return;
    const { kind, name, url } = (await this.getRun(run)) ?? {};
    const why = { code, detail, kind, name, url, at: Date.now() };
    const { data, ...facts } = item;
    await this.database.change(["aside", "asideData"], ({ aside, asideData }) => {
      aside.put({ ...facts, ...why });
      asideData.put({ run, number, data });
    });
    await this.forget(run, [number]);
  }

  /** @returns {Promise<Aside[]>} by run and number, without their bytes */
  asides() {
    return this.database.all("aside");
  }

  /** @returns {Promise<{type: string, data: ArrayBuffer}>} */
  async getAside(run, number) {
    const facts = await this.database.get("aside", [run, number]);
    return { ...facts, ...(await this.database.get("asideData", [run, number])) };
  }

  /** Discard what was set aside. */
  async dropAside(run, number) {
    await this.database.change(["aside", "asideData"], (stores) => {
      for (const store of Object.values(stores)) store.delete([run, number]);
    });
  }
}
