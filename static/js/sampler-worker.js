/**
 * Takes frames from the camera's track and encodes them, off the page's main thread.
 *
 * In: {readable, fps, width, height, type, quality} to begin, {takeNext: true}, {stop: true}.
 * Out: {data, takenAtMs, size} a frame; {dropped, reason, atMs}; {ended: true}.
 */

import { FramePicker } from "./frame-picker.js";

const QUEUE = 3; // frames that may wait for the encoder; the camera has few buffers to lend

let picker = null;
let settings = null;
let reader = null;
let clockOffset = Infinity;
const queue = [];
let encoding = false;

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
  while (encoding) await new Promise((resolve) => setTimeout(resolve, 5));
  self.postMessage({ ended: true });
}

/** VideoFrame.timestamp counts microseconds from a start that no standard names: the smallest lag seen is taken
 *  for none. */
function epochOf(timestamp) {
  const now = performance.timeOrigin + performance.now();
  clockOffset = Math.min(clockOffset, now - timestamp / 1000);
  return timestamp / 1000 + clockOffset;
}

function offer(frame) {
  const takenAtMs = epochOf(frame.timestamp);
  const { take, missed } = picker.offer(frame.timestamp / 1000);
  if (missed) self.postMessage({ dropped: missed, reason: "camera-late", atMs: takenAtMs });
  if (!take) return frame.close();
  if (queue.length >= QUEUE) {
    frame.close();
    self.postMessage({ dropped: 1, reason: "encoder-busy", atMs: takenAtMs });
    return;
  }
  queue.push({ frame, takenAtMs });
  if (!encoding) encodeAll();
}

async function encodeAll() {
  encoding = true;
  const canvas = new OffscreenCanvas(settings.width, settings.height);
  const context = canvas.getContext("2d", { alpha: false });
  while (queue.length) {
    const { frame, takenAtMs } = queue.shift();
    context.drawImage(frame, 0, 0, settings.width, settings.height);
    frame.close();
    const blob = await canvas.convertToBlob({ type: settings.type, quality: settings.quality });
    const data = await blob.arrayBuffer();
    self.postMessage({ data, takenAtMs, type: blob.type }, [data]);
  }
  encoding = false;
}
