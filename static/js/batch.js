/**
 * The batch of frames: records one after another, each a 4-byte big-endian length, that much UTF-8 JSON,
 * and the image. One request, one durable barrier on the server, one task.
 */

export const BATCH_TYPE = "application/vnd.cam2bytes.frames";

/**
 * @param {{number: number, takenAtMs: number|null, type: string, sha256: string, data: ArrayBuffer}[]} frames
 * @returns {Blob} a Blob of parts: the browser sends it without copying the images through script
 */
export function buildBatch(frames) {
  const parts = [];
  for (const frame of frames) {
    const head = new TextEncoder().encode(
      JSON.stringify({
        number: frame.number,
        taken_at_ms: frame.takenAtMs,
        content_type: frame.type,
        size_bytes: frame.data.byteLength,
        sha256: frame.sha256,
      }),
    );
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, head.length);
    parts.push(length.buffer, head, frame.data);
  }
  return new Blob(parts, { type: BATCH_TYPE });
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {{head: object, data: Uint8Array}[]} its records, the data not copied
 */
export function readBatch(buffer) {
  const records = [];
  const view = new DataView(buffer);
  for (let at = 0; at < buffer.byteLength; ) {
    const start = at + 4;
    const end = start + view.getUint32(at);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start, end - start)));
    records.push({ head, data: new Uint8Array(buffer, end, head.size_bytes) });
    at = end + head.size_bytes;
  }
  return records;
}
