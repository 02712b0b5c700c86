/** The page's side of the logs in the browser's private file system; the work is done by `log-worker.js`. */

export class OutboxLog {
  /**
   * @param {string} account
   * @returns {Promise<OutboxLog|null>} null: this browser has no such files, or not now (some private windows)
   */
  static async open(account) {
    if (!globalThis.navigator?.storage?.getDirectory || !globalThis.Worker) return null;
    const log = new OutboxLog(account);
    return log.call("trial").then(() => log, () => null);
  }

  constructor(account) {
    this.account = account;
    this.asked = new Map(); // id -> {resolve, reject}
    this.lastId = 0;
    this.worker = null;
  }

  /**
   * One of the calls of `log-worker.js`. A Worker that broke is followed by a new one: it knows nothing that is not
   * in the files.
   * @returns {Promise<any>}
   */
  call(name, ...args) {
    this.worker ??= this.#start();
    const id = (this.lastId += 1);
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.worker.postMessage({ id, account: this.account, call: name, args });
    });
  }

  #start() {
    const worker = new Worker(new URL("./log-worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#heard(data);
    worker.onerror = () => this.#broken();
    return worker;
  }

  #heard({ id, result, error }) {
    const { resolve, reject } = this.asked.get(id);
    this.asked.delete(id);
    if (error) reject(new DOMException(error.message, error.name));
    else resolve(result);
  }

  #broken() {
    this.worker.terminate();
    this.worker = null;
    const gone = new DOMException("the outbox's Worker broke", "InvalidStateError");
    for (const { reject } of this.asked.values()) reject(gone);
    this.asked.clear();
  }
}
