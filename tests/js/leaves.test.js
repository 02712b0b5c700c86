import assert from "node:assert/strict";
import { test } from "node:test";

import { buildBatch } from "../../static/js/batch.js";
import { contentDigest, sha256Hex } from "../../static/js/digest.js";
import { ProblemError } from "../../static/js/errors.js";
import { bytesPerHour, hoursLeft } from "../../static/js/estimate.js";
import { bytes, clock, duration, rate } from "../../static/js/format.js";
import { levelOf } from "../../static/js/level-meter.js";
import { chooseType, cuts, takesSizeChanges } from "../../static/js/recorder.js";
import { delayAfter, pause } from "../../static/js/retry.js";

test("a batch is framed as the server reads it", async () => {
  const data = new TextEncoder().encode("bytes").buffer;
  const frame = { number: 7, takenAtMs: 1795326283561.6, type: "image/jpeg", sha256: "ab", data };
  const body = await buildBatch([frame, { ...frame, number: 8 }]).arrayBuffer();
  const length = new DataView(body).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(body.slice(4, 4 + length)));
  assert.deepEqual(head, {
    number: 7, taken_at_ms: 1795326283561.6, content_type: "image/jpeg", size_bytes: 5, sha256: "ab",
  });
  assert.equal(new TextDecoder().decode(body.slice(4 + length, 9 + length)), "bytes");
  assert.equal(body.byteLength, 2 * (4 + length + 5));
});

test("digests are what RFC 9530 writes down", async () => {
  // The example of RFC 9530, section 2 is a JSON text; this is the well-known digest of "abc" (FIPS 180-4).
  const hex = await sha256Hex(new TextEncoder().encode("abc").buffer);
  assert.equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(contentDigest(hex), "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:");
});

test("waiting grows to half a minute, never below what the server asked for", () => {
  assert.equal(delayAfter(1, null, () => 0), 250);
  assert.equal(delayAfter(1, null, () => 1), 500);
  assert.equal(delayAfter(30, null, () => 1), 30_000);
  assert.equal(delayAfter(1, { retryAfter: 60 }, () => 0), 60_000);
});

test("a wait ends at once when it is called off", async () => {
  const stop = new AbortController();
  const waited = pause(60_000, stop.signal);
  stop.abort();
  await waited;
});

test("which refusals may pass, and which are final", () => {
  const problem = (status) => new ProblemError({ status, code: "x", detail: "" });
  for (const status of [429, 500, 503, 507]) assert.ok(problem(status).mayPass);
  for (const status of [401, 403, 404]) assert.ok(problem(status).needsSignIn);
  for (const status of [400, 409, 410, 413, 415, 422]) assert.ok(problem(status).isFinal);
  for (const status of [401, 403, 404, 429, 503]) assert.ok(!problem(status).isFinal);
});

test("the type names only the tracks present, H.264 first", () => {
  assert.equal(chooseType(true, () => true), "video/x-matroska;codecs=avc1.42E01E,opus");
  assert.equal(chooseType(false, () => true), "video/x-matroska;codecs=avc1.42E01E");
  assert.equal(chooseType(false, (type) => type.includes("vp8")), "video/webm;codecs=vp8");
  assert.equal(chooseType(true, () => false), "");
  const mp4 = (type) => type.includes("mp4");
  assert.equal(chooseType(true, mp4), "video/mp4;codecs=avc3.42E01E,mp4a.40.2");
  assert.equal(chooseType(true, (type) => mp4(type) && !type.includes("avc3")), "video/mp4;codecs=avc1.42E01E,mp4a.40.2");
  const follow = ["video/x-matroska;codecs=avc1.42001f,opus", "video/mp4;codecs=avc3.42E01E", "video/webm"];
  assert.deepEqual(follow.map(takesSizeChanges), [true, true, true]);
  assert.equal(takesSizeChanges("video/mp4;codecs=avc1.42001f"), false);
});

test("blobs are cut at 256 KiB, nothing lost, nothing empty", () => {
  assert.deepEqual(cuts(0), []);
  assert.deepEqual(cuts(262_144), [[0, 262_144]]);
  assert.deepEqual(cuts(600_000), [[0, 262_144], [262_144, 524_288], [524_288, 600_000]]);
});

test("numbers as people read them", () => {
  assert.deepEqual([0, 761_000, 3_723_000].map(clock), ["0:00", "12:41", "1:02:03"]);
  const sizes = [12, 790_000, 13_400_000, 238e6, 1.1e9].map(bytes);
  assert.deepEqual(sizes, ["12 B", "790 kB", "13.4 MB", "238 MB", "1.1 GB"]);
  assert.deepEqual([1.974, 0.1, 29.97].map(rate), ["1.97", "0.10", "30.0"]);
  assert.deepEqual([0.2, 3.1666667, 41.4].map(duration), ["12 min", "3 h 10 min", "41 h"]);
});

test("room is told in hours only where the server knows its room", () => {
  assert.equal(bytesPerHour(100_000, 2), 720_000_000);
  assert.equal(hoursLeft(7_200_000_000, 720_000_000), 10);
  assert.equal(hoursLeft(null, 720_000_000), null);
});

test("silence is -60 dB and full scale is 0 dB", () => {
  assert.deepEqual(levelOf(new Float32Array(64)), { db: -60, peakDb: -60 });
  assert.deepEqual(levelOf(new Float32Array(64).fill(-1)), { db: 0, peakDb: 0 });
});
