/**
 * IndexedDB, one database per account, every change durable before it resolves.
 *
 *   runs    {id, kind, path, name, url, startedAt, end, inFiles}  a capture session or recording under way
 *   items   {run, number, data, size, sha256, type, takenAtMs}    what waits, where there are no private files
 *   aside   items without their data, with {code, detail} of the refusal and the name of their run
 *   asideData   {run, number, data} of those, so that looking at what was refused reads no bytes
 */

import { databaseName } from "./outbox-name.js";

const VERSION = 2;
const BY_NUMBER = ["run", "number"];
const STORES = { runs: "id", items: BY_NUMBER, aside: BY_NUMBER, asideData: BY_NUMBER };

export class OutboxDatabase {
  /** @param {string} account @returns {Promise<OutboxDatabase>} */
  static async open(account) {
    const request = indexedDB.open(databaseName(account), VERSION);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, { keyPath });
      }
    };
    const database = await done(request);
    // Another tab wants a newer layout: let it; what is kept stays kept.
    database.onversionchange = () => database.close();
    return new OutboxDatabase(database);
  }

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  all(name) {
    return done(this.#store(name).getAll());
  }

  get(name, key) {
    return done(this.#store(name).get(key));
  }

  /** @returns {Promise<number[]>} the numbers of a run in `items` or `aside`, in order */
  async numbers(name, run) {
    const keys = await done(this.#store(name).getAllKeys(IDBKeyRange.bound([run, 0], [run, Infinity])));
    return keys.map(([, number]) => number);
  }

  /** Go through a store without holding more than one entry. @param {(value: object) => void} see */
  each(name, see) {
    return new Promise((resolve, reject) => {
      const request = this.#store(name).openCursor();
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return resolve();
        see(cursor.value);
        cursor.continue();
      };
    });
  }

  /** One durable transaction: resolves when it is on the disk. @param {(stores: object) => void} work */
  change(names, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(names, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
    });
  }

  #store(name) {
    return this.database.transaction(name).objectStore(name);
  }
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
