/**
 * Takes frames from the camera's track and encodes them, off the page's main thread.
 *
 * In: {readable, fps, type, quality} to begin, {takeNext: count}, {heard: bytes} of a frame that the page has taken
 * over, {stop: true}.
 * Out: {data, takenAtMs, errorMs, type, isExtra} a frame; {dropped, reason, atMs}; {ended: true} after the last one.
 */

import { FrameClock } from "./frame-clock.js";
import { FramePicker } from "./frame-picker.js";
import { pictureCanvas } from "./picture-canvas.js";
import { steadyNow } from "./steady-time.js";

const QUEUE = 3; // frames that may wait for the encoder; the camera has few buffers to lend
const MOST_UNHEARD_BYTES = 64 * 1024 * 1024; // a page that stands still takes nothing over: memory has an end

const clock = new FrameClock();
const canvas = pictureCanvas();
const queue = [];
let settings = null;
let picker = null;
let reader = null;
let encoding = null;
let unheardBytes = 0;

self.onmessage = ({ data }) => {
  if (data.readable) begin(data);
  else if (data.takeNext) picker?.takeNext(data.takeNext);
  else if (data.heard) unheardBytes -= data.heard;
  else if (data.stop) reader?.cancel();
};

async function begin(data) {
  settings = data;
  picker = new FramePicker(data.fps);
  reader = data.readable.getReader();
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) break;
    offer(frame);
  }
  await encoding;
  const now = steadyNow();
  const missed = picker.end(clock.stampOf(now));
  if (missed) drop(missed, "camera-late", now);
  self.postMessage({ ended: true });
}

function offer(frame) {
  const at = frame.timestamp / 1000;
  clock.see(at, steadyNow());
  const { take, isExtra, missed } = clock.settled ? picker.offer(at) : { take: false, missed: 0 };
  const atMs = clock.epochOf(at);
  if (missed) drop(missed, "camera-late", atMs);
  if (!take) return frame.close();
  const reason = inTheWay();
  if (reason) {
    frame.close();
    // Nobody asked for this very moment: the camera's next frame will do.
    return isExtra ? picker.takeNext() : drop(1, reason, atMs);
  }
  queue.push({ frame, isExtra, takenAtMs: atMs, errorMs: clock.step });
  encoding ??= encodeAll().finally(() => (encoding = null));
}

function inTheWay() {
  if (unheardBytes > MOST_UNHEARD_BYTES) return "page-busy";
  return queue.length >= QUEUE ? "encoder-busy" : null;
}

async function encodeAll() {
  while (queue.length) {
    const { frame, ...facts } = queue.shift();
    try {
      const { displayWidth: width, displayHeight: height } = frame;
      canvas.draw(frame, width, height);
      frame.close(); // at once: the camera waits for its buffer
      const blob = await canvas.encode(settings);
      const data = await blob.arrayBuffer();
      unheardBytes += data.byteLength;
      self.postMessage({ data, type: blob.type, ...facts }, [data]);
    } catch {
      drop(1, "encoder-failed", facts.takenAtMs);
    } finally {
      frame.close();
    }
  }
}

function drop(count, reason, atMs) {
  self.postMessage({ dropped: count, reason, atMs });
}
