import assert from "node:assert/strict";
import { test } from "node:test";

import { crc32, encodeHead, entries } from "../../static/js/log-format.js";
import { RunLog } from "../../static/js/run-log.js";

/** A folder of the browser's private file system, in memory; `room` is what it may hold altogether. */
class Folder {
  constructor(room = Infinity) {
    this.files = new Map(); // name -> {bytes, isOpen}
    this.room = room;
  }

  async *keys() {
    yield* [...this.files.keys()];
  }

  async removeEntry(name) {
    assert(!this.files.get(name).isOpen, "an open file cannot be removed");
    this.files.delete(name);
  }

  async getFileHandle(name, { create }) {
    if (!this.files.has(name)) {
      assert(create);
      this.files.set(name, { bytes: new Uint8Array(), isOpen: false });
    }
    return { createSyncAccessHandle: async () => new Handle(this, this.files.get(name)) };
  }

  get size() {
    return [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}

class Handle {
  constructor(folder, file) {
    if (file.isOpen) throw new DOMException("held", "NoModificationAllowedError");
    Object.assign(this, { folder, file });
    file.isOpen = true;
  }

  read(into, { at }) {
    const found = this.file.bytes.subarray(at, at + into.length);
    into.set(found);
    return found.length;
  }

  write(from, { at }) {
    const grown = Math.max(0, at + from.length - this.file.bytes.length);
    const fits = from.subarray(0, from.length - Math.max(0, grown - (this.folder.room - this.folder.size)));
    const bytes = new Uint8Array(Math.max(this.file.bytes.length, at + fits.length));
    bytes.set(this.file.bytes);
    bytes.set(fits, at);
    this.file.bytes = bytes;
    return fits.length;
  }

  truncate(size) {
    this.file.bytes = this.file.bytes.slice(0, size);
  }

  getSize() {
    return this.file.bytes.length;
  }

  flush() {}

  close() {
    this.file.isOpen = false;
  }
}

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes that tell their number. */
const bytesOf = (number, size = 1000) => new Uint8Array(size).fill(number + 1);

async function append(log, number, size) {
  const data = bytesOf(number, size);
  const facts = { number, size: data.length, sha256: await digest(data), type: "image/jpeg", takenAtMs: number };
  await log.append(facts, data.buffer);
}

const reopened = (folder) => {
  for (const file of folder.files.values()) file.isOpen = false; // the tab is gone
  return RunLog.open(folder);
};

test("the check sum is the well-known one", () => {
  assert.equal(crc32(new TextEncoder().encode("1234"), new TextEncoder().encode("56789")), 0xcbf43926);
});

test("what was kept is there again after the tab is gone, and what was forgotten is not", async () => {
  const folder = new Folder();
  const log = await RunLog.open(folder);
  for (let number = 0; number < 5; number += 1) await append(log, number);
  assert.deepEqual(await log.forget([0, 3, 77]), [77], "told which ones lie elsewhere");
  for (const one of [log, await reopened(folder)]) {
    assert.deepEqual(one.numbers(), [1, 2, 4]);
    assert.equal(one.bytes, 3000);
    const item = one.get(2);
    assert.deepEqual(new Uint8Array(item.data), bytesOf(2));
    assert.deepEqual([item.number, item.size, item.type, item.takenAtMs], [2, 1000, "image/jpeg", 2]);
    assert.equal(one.get(3), undefined);
  }
});

test("a log that is open elsewhere cannot be opened, and nothing stays open by trying", async () => {
  const folder = new Folder();
  const log = await RunLog.open(folder);
  await append(log, 0);
  await assert.rejects(RunLog.open(folder), { name: "NoModificationAllowedError" });
  log.close();
  assert.deepEqual((await RunLog.open(folder)).numbers(), [0]);
});

test("when nothing waits, nothing is stored", async () => {
  const folder = new Folder();
  const log = await RunLog.open(folder);
  for (let number = 0; number < 50; number += 1) {
    await append(log, number);
    await log.forget([number]);
    assert.equal(folder.size, 0);
  }
});

test("files of which nothing waits are removed, however long it goes on", async () => {
  const folder = new Folder();
  const log = await RunLog.open(folder);
  const megabyte = 1024 * 1024;
  for (let number = 0; number < 60; number += 1) {
    await append(log, number, megabyte);
    if (number >= 3) await log.forget([number - 3]); // three always wait
    assert(folder.size <= 20 * megabyte, `${folder.size} bytes for three that wait`);
  }
  assert.deepEqual((await reopened(folder)).numbers(), [57, 58, 59]);
});

test("cut at any byte, every item that was whole is there and none that was not", async () => {
  const folder = new Folder();
  const log = await RunLog.open(folder);
  const ends = [];
  for (let number = 0; number < 3; number += 1) {
    await append(log, number, 40);
    ends.push(folder.size);
  }
  const [[name, { bytes: whole }]] = folder.files;
  for (let cut = 0; cut <= whole.length; cut += 1) {
    const torn = new Folder();
    torn.files.set(name, { bytes: whole.slice(0, cut), isOpen: false });
    const read = await RunLog.open(torn);
    const expected = ends.filter((end) => end <= cut).map((_, number) => number);
    assert.deepEqual(read.numbers(), expected, `cut at ${cut}`);
    await append(read, 9);
    assert.deepEqual((await reopened(torn)).numbers(), [...expected, 9], `written on after a cut at ${cut}`);
  }
});

test("a last item whose length came to the disk and whose bytes did not is cut", async () => {
  const folder = new Folder();
  const log = await RunLog.open(folder);
  await append(log, 0);
  await append(log, 1);
  const [file] = folder.files.values();
  file.bytes.fill(0, file.bytes.length - 500);
  const read = await reopened(folder);
  assert.deepEqual(read.numbers(), [0]);
  await append(read, 1);
  assert.deepEqual(new Uint8Array((await reopened(folder)).get(1).data), bytesOf(1));
});

test("a flipped bit in a head ends the log there", () => {
  const record = encodeHead({ number: 7 }, 0);
  const read = (bytes) => [...entries((at, length) => bytes.subarray(at, at + length), bytes.length)];
  assert.equal(read(record).length, 1);
  for (let at = 0; at < record.length; at += 1) {
    const flipped = record.slice();
    flipped[at] ^= 4;
    assert.equal(read(flipped).length, 0, `byte ${at}`);
  }
});

test("an item that does not fit is refused, what was kept stays, and smaller ones go on", async () => {
  const folder = new Folder(5000);
  const log = await RunLog.open(folder);
  await append(log, 0, 2000);
  await assert.rejects(append(log, 1, 4000), { name: "QuotaExceededError" });
  await append(log, 2, 1000);
  assert.deepEqual(log.numbers(), [0, 2]);
  assert.deepEqual((await reopened(folder)).numbers(), [0, 2]);
});

test("an item of no bytes is an item", async () => {
  const folder = new Folder();
  const log = await RunLog.open(folder);
  await append(log, 0, 0);
  assert.equal((await reopened(folder)).get(0).data.byteLength, 0);
});
