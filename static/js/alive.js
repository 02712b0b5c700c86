/** The page's sign of life for one capture session or recording. */

import { csrfToken } from "./api.js";

const EVERY_MS = 5000;

export class Alive {
  /** @param {string} path such as /api/v1/recordings/{id}/alive */
  constructor(path) {
    this.path = path;
    this.worker = new Worker(new URL("./alive-worker.js", import.meta.url), { type: "module" });
  }

  /** @param {object|null} words the JSON said from now on @param {{now?: boolean}} [when] */
  say(words, { now = false } = {}) {
    const body = words === null ? undefined : JSON.stringify(words);
    this.worker?.postMessage({ url: this.path, csrf: csrfToken(), every: EVERY_MS, body, now });
  }

  stop() {
    this.worker?.postMessage(null);
    this.worker = null;
  }
}
