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
 * @property {"capture"|"recording"} kind
 * @property {string} path of its API, from /api/v1 on
 * @property {string} name
 * @property {string} url of its page
 * @property {number} startedAt epoch ms
 * @property {object|null} end the JSON of its close or seal, once it is known
 */
/**
 * @typedef {object} Item
 * @property {string} run
 * @property {number} number
 * @property {ArrayBuffer} data
 * @property {number} size bytes
 * @property {string} sha256 hex
 * @property {string} type
 * @property {number|null} takenAtMs epoch ms; null for chunks
 */

/** @param {string} account @returns {Promise<Outbox>} */
export async function openOutbox(account) {
  const [database, log] = await Promise.all([OutboxDatabase.open(account), OutboxLog.open(account)]);
  return new Outbox(database, log);
}

export class Outbox {
  /** @param {OutboxDatabase} database @param {OutboxLog|null} log */
  constructor(database, log) {
    this.database = database;
    this.log = log;
  }

  /** "files" or "database": where what comes now is kept. */
  get place() {
    return this.log ? "files" : "database";
  }

  close() {
    this.log?.close();
    this.database.close();
  }

  // Runs ---------------------------------------------------------------------------------------

  /** @param {Run} run */
  async putRun(run) {
    await this.database.change(["runs"], (stores) => stores.runs.put(run));
  }

  /** @returns {Promise<Run[]>} */
  runs() {
    return this.database.all("runs");
  }

  /** Forget a run of which nothing waits any more. */
  async forgetRun(id) {
    await this.log?.call("remove", id);
    await this.database.change(["runs"], (stores) => stores.runs.delete(id));
  }

  /** Let another tab open what waits of this run. */
  async releaseRun(id) {
    await this.log?.call("release", id);
  }

  // What waits ---------------------------------------------------------------------------------

  /**
   * Keep bytes; when this resolves they survive the tab, the browser and the machine.
   * @param {{run: string, number: number, data: ArrayBuffer|Blob, type: string, takenAtMs: number|null}} item
   *   an ArrayBuffer may be handed over and be empty afterwards
   */
  async put(item) {
    if (this.log) {
      await this.log.call("put", item);
      return;
    }
    const data = item.data instanceof Blob ? await item.data.arrayBuffer() : item.data;
    const kept = { ...item, data, size: data.byteLength, sha256: await sha256Hex(data) };
    await this.database.change(["items"], (stores) => stores.items.put(kept));
  }

  /** @returns {Promise<number[]>} the numbers that wait, in order */
  async numbers(run) {
    const [inFiles, inDatabase] = await Promise.all([this.log?.call("numbers", run), this.#inDatabase(run)]);
    return [...new Set([...(inFiles ?? []), ...inDatabase])].sort((a, b) => a - b);
  }

  /** @returns {Promise<Item|undefined>} */
  async get(run, number) {
    const item = await this.log?.call("get", run, number);
    return item ? { ...item, run } : this.database.get("items", [run, number]);
  }

  /** The receipts came. */
  async forget(run, numbers) {
    await this.log?.call("forget", run, numbers);
    const here = new Set(await this.#inDatabase(run));
    const known = numbers.filter((number) => here.has(number));
    if (!known.length) return;
    await this.database.change(["items"], ({ items }) => known.forEach((number) => items.delete([run, number])));
  }

  /** @returns {Promise<{count: number, bytes: number}>} of all runs; not what another tab is working on just now */
  async waiting() {
    const sum = { count: 0, bytes: 0 };
    await this.database.each("items", ({ size }) => {
      sum.count += 1;
      sum.bytes += size;
    });
    if (!this.log) return sum;
    for (const { id } of await this.runs()) {
      const inFiles = await this.log.call("waiting", id);
      sum.count += inFiles?.count ?? 0;
      sum.bytes += inFiles?.bytes ?? 0;
    }
    return sum;
  }

  /** Forget everything of this account, kept or not. */
  async clear() {
    for (const { id } of await this.runs()) await this.log?.call("remove", id);
    await this.database.change(["runs", "items", "aside"], (stores) => {
      for (const store of Object.values(stores)) store.clear();
    });
  }

  #inDatabase(run) {
    return this.database.numbers("items", run);
  }

  // Set aside ----------------------------------------------------------------------------------

  /** The server refuses it for good: kept here, out of the way. */
  async setAside(run, number, { code, detail }) {
    const item = await this.get(run, number);
    if (!item) return;
    await this.database.change(["aside"], (stores) => stores.aside.put({ ...item, code, detail }));
    await this.forget(run, [number]);
  }

  /** @returns {Promise<object[]>} {run, number, size, type, takenAtMs, code, detail} of each, without its bytes */
  async asides() {
    const found = [];
    await this.database.each("aside", ({ data, ...facts }) => found.push(facts));
    return found;
  }

  /** @returns {Promise<Item|undefined>} */
  getAside(run, number) {
    return this.database.get("aside", [run, number]);
  }

  async dropAside(run, number) {
    await this.database.change(["aside"], (stores) => stores.aside.delete([run, number]));
  }
}
