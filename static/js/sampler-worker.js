/**
 * Takes frames from the camera's track and encodes them, off the page's main thread.
 *
 * In: {readable, fps, type, quality} to begin, {takeNext: true}, {stop: true}.
 * Out: {data, takenAtMs, type} a frame; {dropped, reason, atMs}; {ended: true} after the last one.
 */

import { FrameClock } from "./frame-clock.js";
import { FramePicker } from "./frame-picker.js";

const QUEUE = 3; // frames that may wait for the encoder; the camera has few buffers to lend

const clock = new FrameClock();
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { alpha: false });
const queue = [];
let settings = null;
let picker = null;
let reader = null;
let encoding = null;

self.onmessage = ({ data }) => {
  if (data.readable) begin(data);
  else if (data.takeNext) picker?.takeNext();
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
  self.postMessage({ ended: true });
}

function offer(frame) {
  const at = frame.timestamp / 1000;
  clock.see(at, performance.timeOrigin + performance.now());
  const { take, missed } = clock.settled ? picker.offer(at) : { take: false, missed: 0 };
  const atMs = clock.epochOf(at);
  if (missed) drop(missed, "camera-late", atMs);
  if (!take) return frame.close();
  if (queue.length >= QUEUE) {
    frame.close();
    return drop(1, "encoder-busy", atMs);
  }
  queue.push({ frame, takenAtMs: atMs });
  encoding ??= encodeAll().finally(() => (encoding = null));
}

async function encodeAll() {
  while (queue.length) {
    const { frame, takenAtMs } = queue.shift();
    try {
      const blob = await encode(frame);
      const data = await blob.arrayBuffer();
      self.postMessage({ data, takenAtMs, type: blob.type }, [data]);
    } catch {
      drop(1, "encoder-failed", takenAtMs);
    } finally {
      frame.close();
    }
  }
}

function encode(frame) {
  // A phone that is turned gives frames of another shape: each is kept as it is.
  const { displayWidth: width, displayHeight: height } = frame;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.drawImage(frame, 0, 0, width, height);
  frame.close(); // at once: the camera waits for its buffer
  return canvas.convertToBlob({ type: settings.type, quality: settings.quality });
}

function drop(count, reason, atMs) {
  self.postMessage({ dropped: count, reason, atMs });
}
