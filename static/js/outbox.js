/**
 * The outbox: what this browser still holds because no receipt came. It belongs to one account.
 *
 * IndexedDB, one database per account. Bytes go in with their digest *before* they are sent, with strict
 * durability, and go out only on the server's receipt. What the server refuses for good is set aside, never
 * dropped. Nothing is held in memory but numbers: whoever sends reads the bytes when their turn comes.
 *
 *   runs    {id, kind, path, name, url, startedAt, end}         a capture session or recording under way
 *   items   {run, number, data, size, sha256, type, takenAtMs}  frames or chunks without a receipt
 *   aside   items, with {code, detail} of the refusal
 */

const VERSION = 1;

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
  const request = indexedDB.open(`cam2bytes-outbox-${account}`, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("runs", { keyPath: "id" });
    request.result.createObjectStore("items", { keyPath: ["run", "number"] });
    request.result.createObjectStore("aside", { keyPath: ["run", "number"] });
  };
  const database = await done(request);
  // Another tab wants a newer layout: let it; what is kept stays kept.
  database.onversionchange = () => database.close();
  return new Outbox(database);
}

export class Outbox {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  /** @param {Run} run */
  async putRun(run) {
    await this.#change(["runs"], (stores) => stores.runs.put(run));
  }

  /** @returns {Promise<Run[]>} */
  runs() {
    return done(this.#store("runs").getAll());
  }

  /** Forget a run of which nothing waits any more. */
  async forgetRun(id) {
    await this.#change(["runs"], (stores) => stores.runs.delete(id));
  }

  /** Keep bytes; when this resolves they survive the tab, the browser and the machine. @param {Item} item */
  async put(item) {
    await this.#change(["items"], (stores) => stores.items.put(item));
  }

  /** @returns {Promise<number[]>} the numbers that wait, in order */
  async numbers(run) {
    return (await done(this.#store("items").getAllKeys(rangeOf(run)))).map(([, number]) => number);
  }

  /** @returns {Promise<Item|undefined>} */
  get(run, number) {
    return done(this.#store("items").get([run, number]));
  }

  /** The receipt came. */
  async forget(run, numbers) {
    await this.#change(["items"], (stores) => numbers.forEach((number) => stores.items.delete([run, number])));
  }

  /** The server refuses it for good: kept here, out of the way. */
  async setAside(run, number, { code, detail }) {
    const item = await this.get(run, number);
    if (!item) return;
    await this.#change(["items", "aside"], (stores) => {
      stores.aside.put({ ...item, code, detail });
      stores.items.delete([run, number]);
    });
  }

  #store(name) {
    return this.database.transaction(name).objectStore(name);
  }

  /** One durable transaction: resolves when it is on the disk. */
  #change(names, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(names, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
    });
  }
}

function rangeOf(run) {
  return IDBKeyRange.bound([run, 0], [run, Infinity]);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Hold a run for as long as this tab lives, so that no other tab takes it for left over.
 * @returns {Promise<(() => void)|null>} release, or null when another tab holds it
 */
export function holdRun(id) {
  return new Promise((resolve) => {
    navigator.locks.request(`cam2bytes-run-${id}`, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(release));
    });
  });
}
