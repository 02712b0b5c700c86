import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Tar } from "../../static/js/tar.js";

test("the archive is what tar itself reads", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tar-"));
  try {
    const takenAt = 1_795_334_531_300;
    const tar = new Tar();
    tar.add("a/frame-000001.jpg", new Uint8Array(700).fill(7).buffer, takenAt);
    tar.add("a/empty.part", new ArrayBuffer(0));
    tar.add("a/block.part", new Uint8Array(512).fill(9).buffer);
    const blob = tar.end();
    assert.equal(blob.size % 512, 0);
    writeFileSync(join(folder, "set-aside.tar"), Buffer.from(await blob.arrayBuffer()));
    execFileSync("tar", ["-xf", "set-aside.tar"], { cwd: folder });
    assert.deepEqual([...readFileSync(join(folder, "a/frame-000001.jpg"))], Array(700).fill(7));
    assert.equal(statSync(join(folder, "a/frame-000001.jpg")).mtimeMs, Math.floor(takenAt / 1000) * 1000);
    assert.equal(statSync(join(folder, "a/empty.part")).size, 0);
    assert.equal(statSync(join(folder, "a/block.part")).size, 512);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a name that does not fit is refused, not cut", () => {
  assert.throws(() => new Tar().add("ä".repeat(51), new ArrayBuffer(0)), RangeError);
});
