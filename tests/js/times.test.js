import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameClock } from "../../static/js/frame-clock.js";
import { RateMeter } from "../../static/js/rate-meter.js";

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
