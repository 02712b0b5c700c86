/** A tar archive (POSIX ustar) as a Blob of parts: no limit of number or size that the outbox could reach. */

const BLOCK = 512;
const NAME_BYTES = 100;

/** @param {string} name at most 100 bytes of UTF-8 @param {number} size bytes @param {number} modifiedAt epoch ms */
function header(name, size, modifiedAt) {
  const block = new Uint8Array(BLOCK);
  const write = (at, text) => block.set(new TextEncoder().encode(text), at);
  const octal = (value, digits) => Math.floor(value).toString(8).padStart(digits, "0");
  write(0, name);
  write(100, "0000644\0");
  write(108, "0000000\0");
  write(116, "0000000\0");
  write(124, `${octal(size, 11)}\0`);
  write(136, `${octal(modifiedAt / 1000, 11)}\0`);
  write(148, " ".repeat(8)); // the sum is taken over blanks in its own place
  write(156, "0");
  write(257, "ustar\0" + "00");
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(148, `${octal(sum, 6)}\0 `);
  return block;
}

export class Tar {
  #parts = [];

  /** @param {string} name @param {ArrayBuffer} data @param {number} [modifiedAt] epoch ms */
  add(name, data, modifiedAt = Date.now()) {
    if (new TextEncoder().encode(name).length > NAME_BYTES) throw new RangeError(`too long for tar: ${name}`);
    const padding = new Uint8Array((BLOCK - (data.byteLength % BLOCK)) % BLOCK);
    // A Blob of its own: the browser may put it on the disk, while a buffer stays in memory.
    this.#parts.push(new Blob([header(name, data.byteLength, modifiedAt), data, padding]));
  }

  /** @returns {Blob} the archive */
  end() {
    return new Blob([...this.#parts, new Uint8Array(2 * BLOCK)], { type: "application/x-tar" });
  }
}
