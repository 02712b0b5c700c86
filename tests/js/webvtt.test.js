import assert from "node:assert/strict";
import { test } from "node:test";

import { cueAt, parseSprite } from "../../static/js/webvtt.js";

const TEXT = `WEBVTT

00:00:00.000 --> 00:00:00.500
file#xywh=0,0,160,120

01:00:00.500 --> 01:00:01.250
file#xywh=160,0,160,120

NOTE nothing to show
`;

test("cues of a sprite", () => {
  const cues = parseSprite(TEXT);
  assert.deepEqual(cues, [
    { start: 0, end: 0.5, address: "file", x: 0, y: 0, width: 160, height: 120 },
    { start: 3600.5, end: 3601.25, address: "file", x: 160, y: 0, width: 160, height: 120 },
  ]);
  assert.equal(cueAt(cues, 0.4), cues[0]);
  assert.equal(cueAt(cues, 0.5), cues[1]);
  assert.equal(cueAt(cues, 9999), cues[1]);
  assert.equal(cueAt([], 1), undefined);
});
