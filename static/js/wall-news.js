/** What is captured now, as the server tells it: the state of all, and the pictures that changed, in one answer. */

import { readBatch } from "./batch.js";

/** Nobody is signed in any more. */
export class SignedOut extends Error {}

export class WallNews {
  #etag = null;

  /** @param {string} address */
  constructor(address) {
    this.address = address;
  }

  /**
   * @param {{id: string, number: number|null}[]} shown what is in sight, and which frame each shows
   * @param {AbortSignal} signal
   * @returns {Promise<{nowMs: number, byAddress: boolean, entries: object[], pictures: Map<string, Blob>}|null>}
   *   null when nothing changed
   */
  async fetch(shown, signal) {
    const url = new URL(this.address, location.href);
    url.searchParams.set("of", shown.map(({ id, number }) => `${id.slice(0, 8)}.${number ?? ""}`).join(","));
    const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
    const answer = await fetch(url, { headers, cache: "no-store", redirect: "manual", signal });
    if (answer.type === "opaqueredirect") throw new SignedOut();
    if (answer.status === 304) return null;
    if (!answer.ok) throw new Error(`answer ${answer.status}`);
    this.#etag = answer.headers.get("ETag");
    const [told, ...pictures] = readBatch(await answer.arrayBuffer());
    const { now_ms: nowMs, by_address: byAddress, entries } = JSON.parse(new TextDecoder().decode(told.data));
    const blobs = pictures.map(({ head, data }) => [head.id, new Blob([data], { type: head.content_type })]);
    return { nowMs, byAddress, entries, pictures: new Map(blobs) };
  }
}
