/** The page's side of the log in the browser's private file system; the work is done by `log-worker.js`. */

export class OutboxLog {
  /**
   * @param {string} account
   * @returns {Promise<OutboxLog|null>} null: this browser has no such files, or not now (some private windows)
   */
  static async open(account) {
    if (!globalThis.navigator?.storage?.getDirectory || !globalThis.Worker) return null;
    const log = new OutboxLog(account);
    try {
      await log.call("trial");
      return log;
    } catch {
      log.close();
      return null;
    }
  }

  constructor(account) {
    this.account = account;
    this.asked = new Map(); // id -> {resolve, reject}
    this.lastId = 0;
    this.worker = new Worker(new URL("./log-worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.#heard(data);
    this.worker.onerror = () => this.#broken();
  }

  /** One of the calls of `log-worker.js`. @returns {Promise<any>} */
  call(name, ...args) {
    const id = (this.lastId += 1);
    return new Promise((resolve, reject) => {
      if (!this.worker) return reject(new DOMException("the outbox's Worker is gone", "InvalidStateError"));
      this.asked.set(id, { resolve, reject });
      const [first] = args;
      const transfer = first?.data instanceof ArrayBuffer ? [first.data] : [];
      this.worker.postMessage({ id, account: this.account, call: name, args }, transfer);
    });
  }

  close() {
    this.worker?.terminate();
    this.#broken();
  }

  #heard({ id, result, error }) {
    const { resolve, reject } = this.asked.get(id);
    this.asked.delete(id);
    if (error) reject(new DOMException(error.message, error.name));
    else resolve(result);
  }

  #broken() {
    this.worker = null;
    const gone = new DOMException("the outbox's Worker is gone", "InvalidStateError");
    for (const { reject } of this.asked.values()) reject(gone);
    this.asked.clear();
  }
}
