import assert from "node:assert/strict";
import { test } from "node:test";

import { Recorder } from "../../static/js/recorder.js";
import { SleepWatch } from "../../static/js/sleep-watch.js";
import { partEnded } from "../../static/js/words.js";

const AT = 1_795_334_531_000;

/** A Worker whose ticks the test makes, with the time of day that they carry. */
function workerByHand() {
  const made = {};
  globalThis.Worker = class {
    constructor() { made.worker = this; }
    postMessage() {}
    terminate() {}
  };
  made.tick = (at) => made.worker.onmessage({ data: at });
  return made;
}

test("a sleep is two ticks far apart; a page that is only busy hears them late", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: AT });
  const ticker = workerByHand();
  const slept = [];
  const watch = new SleepWatch((from, to) => slept.push(to - from));
  ticker.tick(AT + 1000);
  assert.equal(await watch.awake(), true);

  t.mock.timers.setTime(AT + 20_000); // busy: the next tick tells
  const sure = watch.awake();
  ticker.tick(AT + 2000);
  assert.equal(await sure, true);
  assert.deepEqual(slept, []);

  t.mock.timers.setTime(AT + 620_000);
  const late = watch.awake();
  ticker.tick(AT + 602_000);
  assert.deepEqual(slept, [600_000]);
  assert.equal(await late, false);
  assert.equal(await watch.awake(), false);
});

test("after a chunk that is not wanted none is taken, and the others keep their order", async () => {
  globalThis.MediaRecorder = class {
    static isTypeSupported = () => true;
    state = "recording";
    stop() { this.state = "inactive"; this.hand("last"); this.onstop(); }
    hand(text) { this.ondataavailable({ data: new Blob([text]) }); }
  };
  const taken = [];
  const answers = [new Promise((resolve) => { setTimeout(resolve, 5, true); }), true, false, true];
  const recorder = new Recorder({ getAudioTracks: () => [] }, { bitsPerSecond: 1 }, {
    onChunk: async (number, blob) => taken.push([number, blob.size]),
    onEnded() {},
    isWanted: () => Promise.resolve(answers.shift()),
  });
  for (const text of ["a", "bb", "after the sleep"]) recorder.media.hand(text);
  await recorder.stop();
  assert.deepEqual(taken, [[0, 1], [1, 2]]);
  assert.equal(recorder.number, 2);
});

test("what is said between two parts is what is so", () => {
  const partEnd = { reason: "camera-gone", device: "Brio", sleptMs: 0 };
  const state = { phase: "draining", elapsedMs: 65_000, keptToMs: 61_000, partEnd };
  assert.equal(partEnded(state, true).title, "Brio is gone. Kept to 1:01, the rest goes up.");
  assert.equal(partEnded({ ...state, phase: "sealed" }, true).title, "Brio is gone. Everything until 1:05 is kept.");
  const slept = { ...state, partEnd: { reason: "slept", device: "", sleptMs: 5_400_000 } };
  assert.equal(partEnded(slept, false).title, "This device slept for 1 h 30 min. Kept to 1:01, the rest goes up.");
  assert.equal(partEnded(slept, false).text, "Start goes on in a part of its own.");
});
