import assert from "node:assert/strict";
import { test } from "node:test";

import { FramePicker } from "../../static/js/frame-picker.js";

/** Offer the frames of a camera; the timestamps taken, and how many moments were missed. */
function pick(fps, timestamps) {
  const picker = new FramePicker(fps);
  let missed = 0;
  const taken = timestamps.filter((at) => {
    const offered = picker.offer(at);
    missed += offered.missed;
    return offered.take;
  });
  return { taken, missed };
}

const camera = (fps, seconds) => Array.from({ length: fps * seconds }, (_, i) => 5000 + (i * 1000) / fps);

for (const [cameraFps, fps] of [[30, 5], [30, 30], [20, 5], [30, 7], [25, 10], [60, 24], [20, 0.5]]) {
  test(`a camera of ${cameraFps} gives ${fps} per second`, () => {
    const { taken, missed } = pick(fps, camera(cameraFps, 20));
    assert.equal(missed, 0);
    assert.ok(Math.abs(taken.length - fps * 20) <= 1, `${taken.length} taken`);
    taken.forEach((at, i) => {
      assert.ok(Math.abs(at - taken[0] - (i * 1000) / fps) <= 1000 / cameraFps, "near its moment");
    });
  });
}

test("jitter of the camera moves no frame to another moment", () => {
  const shaken = camera(30, 10).map((at, i) => at + (i % 3) * 4);
  const { taken, missed } = pick(10, shaken);
  assert.equal(missed, 0);
  assert.ok(Math.abs(taken.length - 100) <= 1);
});

test("moments without a frame are counted, and the grid goes on", () => {
  const stalled = camera(30, 4).filter((at) => at < 6000 || at > 7000);
  const { taken, missed } = pick(5, stalled);
  assert.equal(taken.length + missed, 20);
  assert.ok(missed >= 4 && missed <= 5, `${missed} missed`);
});

test("a camera slower than asked is told as missed moments", () => {
  const { taken, missed } = pick(30, camera(20, 3));
  assert.equal(taken.length, 60);
  assert.ok(Math.abs(missed - 30) <= 2, `${missed} missed`);
});

test("one frame now is taken between two moments, and the grid stays", () => {
  const picker = new FramePicker(1);
  assert.equal(picker.offer(0).take, true);
  picker.takeNext();
  assert.equal(picker.offer(100).take, true);
  assert.equal(picker.offer(200).take, false);
  assert.equal(picker.offer(1000).take, true);
});

test("a burst is the camera's next frames, beside the grid", () => {
  const picker = new FramePicker(1);
  const picked = camera(30, 2).map((at, i) => {
    if (i === 10) picker.takeNext(5);
    return picker.offer(at);
  });
  const extra = picked.flatMap(({ isExtra }, i) => (isExtra ? [i] : []));
  assert.deepEqual(extra, [10, 11, 12, 13, 14]);
  assert.equal(picked.filter(({ take, isExtra }) => take && !isExtra).length, 2);
});

test("a camera that gives nothing until the end is told too", () => {
  const picker = new FramePicker(10);
  for (const at of camera(30, 2)) picker.offer(at);
  const missed = picker.end(camera(30, 2).at(-1) + 3000);
  assert.ok(missed >= 29 && missed <= 30, `${missed}`);
  assert.equal(new FramePicker(10).end(5000), 0, "it never began");
});

test("a camera that begins to count anew misses nothing", () => {
  const picker = new FramePicker(10);
  for (const at of camera(30, 5)) picker.offer(at);
  const again = camera(30, 1).map((at) => picker.offer(at - 1_000_000));
  assert.equal(again.reduce((sum, { missed }) => sum + missed, 0), 0);
  assert.ok(Math.abs(again.filter(({ take }) => take).length - 10) <= 1);
});

test("an hour lies between two frames", () => {
  const picker = new FramePicker(1 / 3600);
  const taken = [];
  for (let at = 0; at <= 7_300_000; at += 500) if (picker.offer(at).take) taken.push(at);
  assert.deepEqual(taken, [0, 3_600_000, 7_200_000]);
});
