import assert from "node:assert/strict";
import { test } from "node:test";

import {
  groups, groupWords, leftover, leftovers, ranges, setAsideLine, signInWords, signOutWords,
} from "../../static/js/words-outbox.js";

const QUIET = { offlineSince: null, fullSince: null, signedOut: false };
const NEWS = {
  name: "Interview P-013", url: "/recordings/1/", kind: "recording", waiting: 41, size: 0, aside: 0, detail: "",
  state: QUIET, done: false,
};
const DONE = { ...NEWS, waiting: 0, size: 13_400_000, done: true };
const told = ({ strong, text }) => `${strong} ${text}`;

test("what goes up says how much waits, and what becomes of it when the page is left", () => {
  assert.equal(told(leftover(NEWS)),
    "Interview P-013 goes up. 41 chunks are only on this device. If you leave, they go up at your next visit.");
  assert.equal(told(leftover({ ...NEWS, name: "", kind: "capture", waiting: 1 })),
    "A capture session goes up. 1 frame is only on this device. If you leave, it goes up at your next visit.");
});

test("what stands in the way is said first, in amber", () => {
  const stuck = (state) => leftover({ ...NEWS, state: { ...QUIET, ...state } });
  assert.match(told(stuck({ offlineSince: 1 })), /^No connection to the server since .*41 chunks of Interview P-013 wait/);
  assert.match(told(stuck({ fullSince: 1 })), /^The server has no room\./);
  assert.equal(stuck({ signedOut: true }).href, "/sign-in/?next=%2F");
  assert.equal(stuck({ signedOut: true }).tone, "here");
});

test("whole again is said only of what is whole", () => {
  assert.equal(told(leftover(DONE)), "Interview P-013 is whole again. The 13.4 MB that waited here are kept.");
  const refused = leftover({ ...DONE, aside: 2, detail: "The image cannot be taken." });
  assert.equal(told(refused), "The server refused 2 chunks of Interview P-013. "
    + "The image cannot be taken. The other 13.4 MB are kept. Set aside on this device.");
  assert.equal(refused.href, "/account/#set-aside");
});

test("of several runs, what is under way comes first, then what was refused", () => {
  const refused = { ...DONE, name: "B", aside: 1, detail: "No." };
  assert.match(leftovers([DONE, { ...NEWS, name: "C" }]).strong, /^C goes up/);
  assert.match(leftovers([DONE, refused]).strong, /^The server refused 1 chunk of B/);
  assert.equal(told(leftovers([DONE, DONE])), "2 are whole again. The 26.8 MB that waited here are kept.");
});

const aside = (number, more = {}) => ({
  run: "r1", name: "Feeder", url: "/captures/1/", kind: "capture", number, size: 500, code: "bad-image",
  detail: "The image cannot be taken.", ...more,
});

test("what is set aside is told by run and reason", () => {
  const all = groups([aside(5), aside(3), aside(4), aside(9, { detail: "No." }), aside(0, { run: "r2", name: "" })]);
  assert.deepEqual(all.map((group) => Object.values(groupWords(group))), [
    ["1 frame of a capture session", "Frame 0 · 500 B"],
    ["3 frames of Feeder", "Frames 3 to 5 · 2 kB"],
    ["1 frame of Feeder", "Frame 9 · 500 B"],
  ]);
  assert.equal(told(setAsideLine(all.slice(1, 2))),
    "The server refused 3 frames of Feeder. The image cannot be taken. Set aside on this device.");
  assert.equal(told(setAsideLine(all)),
    "The server refused 5 pieces of a capture session and Feeder. Set aside on this device.");
});

test("many numbers are cut short", () => {
  assert.equal(ranges([]), "");
  assert.equal(ranges([0, 1, 2, 5]), "0 to 2, 5");
  assert.equal(ranges([1, 3, 5, 7, 9, 10]), "1, 3, 5, 7 and 2 more");
});

test("the question at sign-out says what waits, and what deleting deletes", () => {
  const runs = [{ name: "A", kind: "recording", count: 41 }, { name: "B", kind: "capture", count: 1 }];
  assert.deepEqual(signOutWords({ bytes: 13_400_000, runs, asides: 2, elsewhere: false }), {
    title: "13.4 MB wait here",
    text: "41 chunks of A and 1 frame of B are only on this device.",
    deletes: "Gone for good: 41 chunks of A, 1 frame of B and what the server refused (2).",
  });
  assert.match(signOutWords({ bytes: 0, runs: [], asides: 0, elsewhere: true }).title, /^Another tab/);
});

test("whoever else signs in is told whose bytes these are", () => {
  assert.equal(signInWords({ owner: "mira", other: null, doing: "Recording" }).text,
    "What waits here is sent then. Recording goes on meanwhile.");
  assert.deepEqual(signInWords({ owner: "mira", other: "jonas", doing: "" }), {
    title: "jonas is signed in",
    text: "What waits here belongs to mira and is not sent before mira signs in.",
  });
});
