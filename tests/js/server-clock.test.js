import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "../../static/js/server-clock.js";

/** A server `ahead` ms ahead, asked over a line whose two ways take what `ways` says, again and again; nobody waits. */
class World {
  constructor({ ahead, ways }) {
    Object.assign(this, { ahead, ways, steady: 1_800_000_000_000, wallAhead: 0, turn: 0 });
    this.clock = new ServerClock({
      ask: () => Promise.resolve().then(() => this.#answer()),
      now: () => this.steady,
      wall: () => this.steady + this.wallAhead,
    });
  }

  #answer() {
    const [there, back] = this.ways[this.turn++ % this.ways.length];
    this.steady += there;
    const received_at_ms = this.steady + this.ahead;
    this.steady += 2; // the server thinks
    const sent_at_ms = this.steady + this.ahead;
    this.steady += back;
    return { received_at_ms, sent_at_ms };
  }

  get wrongBy() {
    return Math.abs(this.clock.serverTime(this.steady) - (this.steady + this.ahead));
  }

  get error() {
    return this.clock.error(this.steady);
  }
}

test("before it is measured, the clock is one's own, and nobody knows how wrong", () => {
  const { clock } = new World({ ahead: 5000, ways: [[1, 1]] });
  assert.equal(clock.serverTime(1000), 1000);
  assert.equal(clock.error(1000), Infinity);
  assert.equal(clock.facts, null);
});

test("of several round trips the quickest counts, and half of it bounds the error", async () => {
  const world = new World({ ahead: -3_600_000, ways: [[90, 4], [30, 30], [3, 5], [4, 200]] });
  await world.clock.measure();
  assert.equal(world.clock.facts.round_trip_ms, 8);
  assert.ok(world.wrongBy <= 4.1, `${world.wrongBy}`);
  assert.ok(world.wrongBy <= world.error);
});

test("the error stays a bound while both clocks drift, and a new measurement makes it small again", async () => {
  const world = new World({ ahead: 20, ways: [[2, 2]] });
  await world.clock.measure();
  for (let minute = 0; minute < 60; minute += 1) {
    world.steady += 60_000;
    world.ahead += 60_000 * 5e-5; // a poor quartz: 50 parts in a million
    assert.ok(world.wrongBy <= world.error, `minute ${minute}: ${world.wrongBy} > ${world.error}`);
    await world.clock.measure();
    assert.ok(world.error < 9, `minute ${minute}: ${world.error}`);
  }
  assert.equal(world.clock.steps, 0);
});

test("a server whose clock is set contradicts what was known, which counts no more", async () => {
  const world = new World({ ahead: 100, ways: [[2, 3]] });
  await world.clock.measure();
  world.steady += 30_000;
  world.ahead -= 7000;
  await world.clock.measure();
  assert.equal(world.clock.steps, 1);
  assert.ok(world.wrongBy < 3);
});

test("a device whose clock is set has the same times, and is measured anew", async () => {
  const world = new World({ ahead: 100, ways: [[2, 2]] });
  await world.clock.measure();
  world.wallAhead = 86_400_000;
  assert.ok(world.wrongBy < 3);
  assert.ok(world.error > 86_000_000, "until it is known that the steady clock went on");
  await world.clock.measure();
  assert.equal(world.clock.measured, 2);
  assert.equal(world.clock.steps, 0);
  assert.ok(world.error < 4);
});

test("a device that slept is measured anew, as its steady clock stood still", async () => {
  const world = new World({ ahead: 100, ways: [[2, 2]] });
  await world.clock.measure();
  world.ahead += 600_000;
  world.wallAhead += 600_000;
  assert.ok(world.wrongBy <= world.error);
  await world.clock.measure();
  assert.ok(world.wrongBy < 3);
  assert.equal(world.clock.steps, 1);
});

test("no answer leaves what was known, and it gets older", async () => {
  const world = new World({ ahead: 100, ways: [[2, 2]] });
  await world.clock.measure();
  const before = world.error;
  world.clock.ask = () => Promise.reject(new Error("offline"));
  world.steady += 100_000;
  await world.clock.measure();
  assert.ok(world.wrongBy < 3);
  assert.ok(world.error >= before + 10);
});
