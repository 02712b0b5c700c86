/**
 * The framing of the outbox's log: records one after another, so that whatever a power cut leaves can be read.
 *
 *   4 bytes  MAGIC          4 bytes  length of the head
 *   4 bytes  length of the bytes behind it
 *   4 bytes  CRC-32 of the twelve bytes above and of the head
 *   head     UTF-8 JSON: an item {number, size, sha256, type, takenAtMs}, or {forget: [numbers]}
 *   bytes    of the item
 *
 * All lengths big-endian. The head is guarded by the CRC, the bytes by the sha256 in it. Records are appended and
 * flushed one by one, so only the last one can be torn; everything from the first record that does not hold is cut.
 */

const MAGIC = 0x43324231; // "C2B1"
const PREFIX_BYTES = 16;
const MOST_HEAD_BYTES = 64 * 1024;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit += 1) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

/** CRC-32 as in ISO 3309 and PNG. @param {...Uint8Array} parts */
export function crc32(...parts) {
  let crc = 0xffffffff;
  for (const part of parts) for (const byte of part) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** @param {object} head @param {number} size of the bytes that follow it @returns {Uint8Array} prefix and head */
export function encodeHead(head, size = 0) {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const record = new Uint8Array(PREFIX_BYTES + json.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, json.length);
  view.setUint32(8, size);
  view.setUint32(12, crc32(record.subarray(0, 12), json));
  record.set(json, PREFIX_BYTES);
  return record;
}

/**
 * @typedef {object} Entry
 * @property {object} head
 * @property {number} from where the record begins
 * @property {number} at where its bytes begin
 * @property {number} size of its bytes
 * @property {number} end where the next record begins
 */
/**
 * The records of a log, in order, up to the first that is not whole.
 * @param {(at: number, length: number) => Uint8Array} readAt fewer bytes than asked for at the end
 * @param {number} size of the log
 * @returns {Generator<Entry>}
 */
export function* entries(readAt, size) {
  for (let at = 0; at + PREFIX_BYTES <= size; ) {
    const entry = entryAt(readAt, at, size);
    if (!entry) return;
    yield entry;
    at = entry.end;
  }
}

function entryAt(readAt, at, size) {
  const prefix = readAt(at, PREFIX_BYTES);
  if (prefix.length < PREFIX_BYTES) return null;
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES);
  const length = view.getUint32(4);
  const bytes = view.getUint32(8);
  if (view.getUint32(0) !== MAGIC || length > MOST_HEAD_BYTES) return null;
  const begin = at + PREFIX_BYTES + length;
  if (begin + bytes > size) return null;
  const json = readAt(at + PREFIX_BYTES, length);
  if (json.length < length || crc32(prefix.subarray(0, 12), json) !== view.getUint32(12)) return null;
  const head = JSON.parse(new TextDecoder().decode(json));
  return { head, from: at, at: begin, size: bytes, end: begin + bytes };
}
