/** What a record run notes beside its bytes: bounded, in order, and nothing that the server would refuse. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { RunEvents } from "../../static/js/run-events.js";

function eventsAt(place) {
  return new RunEvents(() => place.ms);
}

test("a pause is told with its place and its length", () => {
  const place = { ms: 2040.4 };
  const events = eventsAt(place);
  events.end("paused", "resumed"); // nothing had begun
  events.begin("paused");
  events.end("paused", "resumed");
  const [paused, resumed] = events.list;
  assert.deepEqual(paused, { kind: "paused", at_ms: 2040 });
  assert.equal(resumed.kind, "resumed");
  assert.ok(Number.isInteger(resumed.lasted_ms) && resumed.lasted_ms >= 0);
  assert.equal(events.list.length, 2);
});

test("a track that is muted and comes back is told, until the recording ends", () => {
  const events = eventsAt({ ms: 10 });
  const track = Object.assign(new EventTarget(), { label: "Cam ".repeat(100) });
  events.watch("camera", track);
  events.watch("microphone", null);
  track.dispatchEvent(new Event("mute"));
  track.dispatchEvent(new Event("unmute"));
  events.stop();
  track.dispatchEvent(new Event("mute"));
  assert.deepEqual(events.list.map(({ kind }) => kind), ["camera-muted", "camera-back"]);
  assert.equal(events.list[0].device.length, 200);
});

test("the list and its numbers stay within what the server takes", () => {
  const events = eventsAt({ ms: 1e12 });
  for (let count = 0; count < 120; count += 1) events.note("paused");
  assert.equal(events.list.length, 100);
  assert.equal(events.list[0].at_ms, 7 * 24 * 3_600_000);
});
