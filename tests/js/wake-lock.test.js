import assert from "node:assert/strict";
import { test } from "node:test";

import { keepAwake } from "../../static/js/wake-lock.js";

/** A browser that gives the lock, or not; what the page hears. */
async function awake(request) {
  const heard = [];
  globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  Object.defineProperty(globalThis, "navigator", { value: { wakeLock: { request } }, configurable: true });
  const stop = keepAwake((now) => heard.push(now));
  await new Promise(setImmediate);
  return { heard, stop };
}

function lock() {
  const made = new EventTarget();
  made.release = () => made.dispatchEvent(new Event("release"));
  return made;
}

test("the screen is awake when the browser gave the lock, until it takes it back", async () => {
  const given = [];
  const { heard, stop } = await awake(async () => given[given.push(lock()) - 1]);
  assert.deepEqual(heard, [true]);
  given[0].release(); // the tab is hidden
  assert.deepEqual(heard, [true, false]);
  document.dispatchEvent(new Event("visibilitychange"));
  await new Promise(setImmediate);
  assert.deepEqual(heard, [true, false, true]);
  stop();
  document.dispatchEvent(new Event("visibilitychange"));
  await new Promise(setImmediate);
  assert.equal(given.length, 2);
});

test("a browser that refuses the lock keeps nothing awake", async () => {
  const { heard, stop } = await awake(() => Promise.reject(new DOMException("no", "NotAllowedError")));
  assert.deepEqual(heard, []);
  stop();
});
