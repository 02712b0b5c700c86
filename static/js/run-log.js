/**
 * The log of one run: what waits, appended and flushed to files of a few megabytes in the browser's private file
 * system. What was sent is noted as forgotten; a file of which nothing waits is removed. In memory are only numbers
 * and places, whatever waits.
 *
 * Only a Worker can use it: synchronous access to files is for Workers. Such access is exclusive, so a second tab
 * cannot open the log of a run that is alive.
 */

import { sha256Hex } from "./digest.js";
import { encodeHead, entries } from "./log-format.js";

const SEGMENT_BYTES = 8 * 1024 * 1024;

/** @typedef {{number: number, size: number, sha256: string, type: string, takenAtMs: number|null}} Facts */

export class RunLog {
  /** @param {FileSystemDirectoryHandle} folder of this run alone @returns {Promise<RunLog>} */
  static async open(folder) {
    const log = new RunLog(folder);
    try {
      for (const name of await namesIn(folder)) await log.#read(name);
      return log;
    } catch (error) {
      log.close();
      throw error;
    }
  }

  /** @param {FileSystemDirectoryHandle} folder */
  constructor(folder) {
    this.folder = folder;
    this.segments = []; // {name, handle, end, waiting}, oldest first; the last one takes what comes
    this.places = new Map(); // number -> {segment, at, ...Facts}
  }

  /** Keep an item; when this resolves it survives the tab, the browser and the machine. @param {Facts} facts */
  async append(facts, data) {
    const segment = await this.#segmentToWrite();
    const head = encodeHead(facts, data.byteLength);
    const at = segment.end + head.length;
    try {
      writeAll(segment.handle, head, segment.end);
      writeAll(segment.handle, new Uint8Array(data), at);
      segment.handle.flush();
    } catch (error) {
      this.#undo(segment);
      throw error;
    }
    segment.end = at + data.byteLength;
    this.#note(segment, facts, at);
  }

  /** @returns {number[]} the numbers that wait, in order */
  numbers() {
    return [...this.places.keys()].sort((a, b) => a - b);
  }

  /** @returns {number} bytes that wait */
  get bytes() {
    let sum = 0;
    for (const { size } of this.places.values()) sum += size;
    return sum;
  }

  /** @returns {(Facts & {data: ArrayBuffer})|undefined} */
  get(number) {
    const place = this.places.get(number);
    if (!place) return undefined;
    const { segment, at, ...facts } = place;
    return { ...facts, data: readAt(segment.handle, at, facts.size).buffer };
  }

  /**
   * The receipts came. A crash may bring some of these back: then they are sent once more, which is harmless.
   * @returns {Promise<number[]>} those that were not here
   */
  async forget(numbers) {
    const last = this.segments.at(-1);
    const known = numbers.filter((number) => this.places.has(number));
    const others = numbers.filter((number) => !this.places.has(number));
    if (!known.length) return others;
    const note = encodeHead({ forget: known });
    try {
      writeAll(last.handle, note, last.end);
      last.end += note.length;
    } catch {
      this.#undo(last); // no room for a note: the server will know them
    }
    for (const number of known) this.#leave(number);
    await this.#removeFinished();
    return others;
  }

  close() {
    for (const { handle } of this.segments) handle.close();
    this.segments = [];
  }

  // Files --------------------------------------------------------------------------------------

  async #segmentToWrite() {
    const last = this.segments.at(-1);
    if (last && last.end < SEGMENT_BYTES) return last;
    const number = last ? Number.parseInt(last.name, 10) + 1 : 0;
    const segment = await this.#openSegment(`${String(number).padStart(6, "0")}.log`);
    await this.#removeFinished();
    return segment;
  }

  async #openSegment(name) {
    const file = await this.folder.getFileHandle(name, { create: true });
    const segment = { name, handle: await file.createSyncAccessHandle(), end: 0, waiting: 0 };
    this.segments.push(segment);
    return segment;
  }

  async #read(name) {
    const segment = await this.#openSegment(name);
    const read = (at, length) => readAt(segment.handle, at, length);
    let last = null;
    for (const entry of entries(read, segment.handle.getSize())) {
      last = entry;
      segment.end = entry.end;
      if (entry.head.forget) for (const number of entry.head.forget) this.#leave(number);
      else this.#note(segment, entry.head, entry.at);
    }
    if (last && !last.head.forget) await this.#verifyTail(segment, last);
    if (segment.handle.getSize() > segment.end) this.#undo(segment);
  }

  /** A power cut may have kept the length of the last item and not its bytes. */
  async #verifyTail(segment, { head, from, at, size }) {
    if ((await sha256Hex(readAt(segment.handle, at, size))) === head.sha256) return;
    this.#leave(head.number);
    segment.end = from;
  }

  /** Whatever lies behind the last whole record goes. */
  #undo(segment) {
    try {
      segment.handle.truncate(segment.end);
      segment.handle.flush();
    } catch {
      // What is torn is not read either.
    }
  }

  #note(segment, facts, at) {
    this.#leave(facts.number); // the same again: the newer one counts
    this.places.set(facts.number, { ...facts, segment, at });
    segment.waiting += 1;
  }

  #leave(number) {
    const place = this.places.get(number);
    if (!place) return;
    place.segment.waiting -= 1;
    this.places.delete(number);
  }

  async #removeFinished() {
    const last = this.segments.at(-1);
    for (const segment of this.segments.filter((one) => !one.waiting && one !== last)) {
      segment.handle.close();
      this.segments.splice(this.segments.indexOf(segment), 1);
      await this.folder.removeEntry(segment.name).catch(() => {}); // another tab looks at it: it goes with the run
    }
    if (this.segments.length === 1 && !last.waiting) {
      last.end = 0;
      this.#undo(last);
    }
  }
}

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<string[]>} what is in it, in order */
export async function namesIn(folder) {
  const names = [];
  for await (const name of folder.keys()) names.push(name);
  return names.sort();
}

function readAt(handle, at, length) {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, handle.read(bytes, { at }));
}

/** @throws {DOMException} QuotaExceededError, also where a browser only writes less than it was given */
function writeAll(handle, bytes, at) {
  if (handle.write(bytes, { at }) < bytes.length) {
    throw new DOMException("the browser's storage is full", "QuotaExceededError");
  }
}
