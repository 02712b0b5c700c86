import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameClock } from "../../static/js/frame-clock.js";
import { RateMeter } from "../../static/js/rate-meter.js";

const START = 1_795_000_000_000;

test("a frame's time is its own, whatever its delivery was held up", () => {
  const clock = new FrameClock();
  const lags = [90, 40, 2, 30, 5, 60, 3, 8, 120, 4, 7];
  const times = lags.map((lag, i) => {
    clock.see(i * 40, 1_795_000_000_000 + i * 40 + lag);
    return clock.settled ? clock.epochOf(i * 40) : null;
  });
  assert.deepEqual(times.slice(0, 8), Array(8).fill(null));
  assert.deepEqual(times.slice(8), [8, 9, 10].map((i) => 1_795_000_000_002 + i * 40));
});

test("the rate is that of the last minute", () => {
  const meter = new RateMeter(2);
  assert.equal(meter.at(0), null);
  for (let at = 0; at < 60_000; at += 1000) meter.add(at);
  for (let at = 60_000; at <= 130_000; at += 500) meter.add(at);
  assert.equal(meter.at(130_000), 2);
});

test("a camera that gives nothing any more does not look as fast as it was", () => {
  const meter = new RateMeter(5);
  for (let at = 0; at <= 2000; at += 200) meter.add(at);
  assert.equal(meter.at(2100), 5);
  assert.equal(meter.at(20_000), 0.5);
});

test("a slow rate is told from the two last frames", () => {
  const meter = new RateMeter(0.01);
  meter.add(0);
  meter.add(100_000);
  assert.equal(meter.at(100_000), 0.01);
});

test("a frame's clock that runs slower than ours is followed", () => {
  const clock = new FrameClock();
  let worst = 0;
  for (let i = 0; i < 7200; i += 1) {
    const at = i * 1000 * (1 - 1e-4); // an hour later it is 0.7 s behind
    const now = START + i * 1000 + (i % 5) * 3;
    clock.see(at, now);
    if (clock.settled) worst = Math.max(worst, Math.abs(clock.epochOf(at) - (now - (i % 5) * 3)));
  }
  assert.ok(worst < 8, `${worst} ms`);
});

test("after the device slept the frame's clock is learned anew", () => {
  const clock = new FrameClock();
  for (let i = 0; i < 100; i += 1) clock.see(i * 33, START + i * 33);
  const woken = START + 3_600_000;
  clock.see(3300, woken);
  assert.equal(clock.settled, false);
  for (let i = 1; i < 20; i += 1) clock.see(3300 + i * 33, woken + i * 33);
  assert.equal(clock.settled, true);
  assert.equal(clock.epochOf(3333), woken + 33);
  assert.equal(clock.stampOf(woken + 33), 3333);
});
