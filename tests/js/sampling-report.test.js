import assert from "node:assert/strict";
import { test } from "node:test";

import { SamplingReport } from "../../static/js/sampling-report.js";
import { Spread } from "../../static/js/spread.js";

const START = 1_800_000_000_000;

test("what was asked for is what was taken on its beat and what was dropped", () => {
  const report = new SamplingReport(10);
  for (let i = 0; i < 10; i += 1) report.take(START + i * 100, 20, false);
  report.take(START + 950, 20, true);
  report.drop(2, "camera-late", START + 1100);
  report.drop(1, "encoder-busy", START + 1200);
  report.lose("outbox-full", START + 1300);
  const told = report.say("worker", null);
  assert.equal(told.taken_count, 10);
  assert.equal(told.extra_count, 1);
  assert.deepEqual(told.dropped, { "camera-late": 2, "encoder-busy": 1, "outbox-full": 1 });
  assert.equal(told.requested_count, 13);
  assert.equal(report.say("worker", null).number, told.number + 1);
});

test("jitter is how far intervals are from what was asked for; a hole is a drop, not jitter", () => {
  const report = new SamplingReport(10);
  for (const at of [0, 100, 203, 300, 500, 600, 601, 700]) report.take(START + at, 5, at === 601);
  const { jitter_p50_ms: p50, jitter_p95_ms: p95 } = report.say("worker", null);
  assert.ok(p50 < 0.02, `${p50}`);
  assert.ok(p95 >= 3 && p95 < 3.2, `${p95}`);
});

test("while the server's clock is unknown to more than one in twenty frames, so is the error", () => {
  const report = new SamplingReport(1);
  for (let i = 0; i < 10; i += 1) report.take(START + i * 1000, i ? 21 : Infinity, false);
  assert.equal(report.say("worker", null).taken_at_error_ms, null);
  for (let i = 10; i < 40; i += 1) report.take(START + i * 1000, 21, false);
  const told = report.say("worker", null).taken_at_error_ms;
  assert.ok(told >= 21 && told < 22, `${told}`);
});

test("drops near to each other are told as one, and the list has an end", () => {
  const report = new SamplingReport(10);
  for (let i = 0; i < 30; i += 1) report.drop(1, "camera-late", START + i * 100);
  assert.deepEqual(report.say("timer", null).drops, [{ reason: "camera-late", at_ms: START, count: 30 }]);
  for (let i = 1; i < 300; i += 1) report.drop(1, "encoder-busy", START + i * 20_000);
  const { drops, dropped } = report.say("timer", null);
  assert.equal(drops.length, 100);
  assert.equal(drops.at(-1).at_ms, START + 299 * 20_000);
  assert.equal(dropped["encoder-busy"], 299);
});

test("a spread is true to 4 % and no share of it is smaller than told", () => {
  const spread = new Spread();
  for (let i = 1; i <= 1000; i += 1) spread.add(i / 10);
  for (const share of [0.01, 0.5, 0.95, 1]) {
    const exact = share * 100;
    assert.ok(spread.at(share) >= exact * 0.999 && spread.at(share) <= exact * 1.05, `${share}: ${spread.at(share)}`);
  }
  assert.equal(new Spread().at(0.5), null);
});
