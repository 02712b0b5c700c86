/**
 * The frame sampler: frames of a camera at a requested rate, encoded, with the time each was taken.
 *
 * Three ways, the best that the browser has: "worker" (MediaStreamTrackProcessor and OffscreenCanvas in a
 * Worker: goes on in a hidden tab), "video-frames" (requestVideoFrameCallback), "timer".
 * What is kept is never mirrored: the preview is, by the page's style sheet alone.
 */

import { FramePicker } from "./frame-picker.js";

/**
 * @typedef {object} Settings
 * @property {number} fps
 * @property {number} width pixels
 * @property {number} height
 * @property {string} type image/jpeg, image/webp or image/png
 * @property {number} quality 0 to 1
 */
/** @typedef {{data: ArrayBuffer, takenAtMs: number, type: string}} Taken */

/**
 * @param {MediaStreamTrack} track
 * @param {HTMLVideoElement} video that plays the same stream, for the ways that need one
 * @param {Settings} settings
 * @param {{onFrame: (taken: Taken) => void, onDropped: (count: number, reason: string, atMs: number) => void}} sink
 * @returns {{way: string, takeNext: () => void, stop: () => Promise<void>}}
 */
export function startSampling(track, video, settings, sink) {
  if ("MediaStreamTrackProcessor" in globalThis) return sampleInWorker(track, settings, sink);
  return sampleVideo(video, settings, sink);
}

function sampleInWorker(track, settings, { onFrame, onDropped }) {
  const worker = new Worker(new URL("./sampler-worker.js", import.meta.url), { type: "module" });
  // A clone: stopping the sampler must not take the preview's picture away.
  const own = track.clone();
  const { readable } = new MediaStreamTrackProcessor({ track: own });
  const ended = new Promise((resolve) => {
    worker.onmessage = ({ data }) => {
      if (data.ended) resolve();
      else if (data.dropped) onDropped(data.dropped, data.reason, data.atMs);
      else onFrame(data);
    };
    worker.onerror = () => {
      onDropped(1, "sampler-failed", Date.now());
      resolve();
    };
  });
  worker.postMessage({ readable, ...settings }, [readable]);
  return {
    way: "worker",
    takeNext: () => worker.postMessage({ takeNext: true }),
    stop: async () => {
      worker.postMessage({ stop: true });
      await ended;
      own.stop();
      worker.terminate();
    },
  };
}

function sampleVideo(video, settings, { onFrame, onDropped }) {
  const byFrames = "requestVideoFrameCallback" in video;
  const canvas = new OffscreenCanvas(settings.width, settings.height);
  const context = canvas.getContext("2d", { alpha: false });
  const picker = new FramePicker(settings.fps);
  let handle = null;
  let stopped = false;
  let busy = Promise.resolve();
  let encoding = false;

  const offer = (at, epochMs) => {
    const { take, missed } = picker.offer(at);
    if (missed) onDropped(missed, "camera-late", epochMs);
    if (!take) return;
    if (encoding) return onDropped(1, "encoder-busy", epochMs);
    encoding = true;
    context.drawImage(video, 0, 0, settings.width, settings.height);
    busy = encode(canvas, settings).then((taken) => {
      encoding = false;
      onFrame({ ...taken, takenAtMs: epochMs });
    });
  };
  const onVideoFrame = (now, { captureTime, mediaTime }) => {
    const at = captureTime ?? now;
    offer(mediaTime * 1000, performance.timeOrigin + at);
    if (!stopped) handle = video.requestVideoFrameCallback(onVideoFrame);
  };
  if (byFrames) handle = video.requestVideoFrameCallback(onVideoFrame);
  else handle = setInterval(() => offer(performance.now(), Date.now()), 1000 / Math.max(settings.fps, 1) / 2);

  return {
    way: byFrames ? "video-frames" : "timer",
    takeNext: () => picker.takeNext(),
    stop: async () => {
      stopped = true;
      if (byFrames) video.cancelVideoFrameCallback(handle);
      else clearInterval(handle);
      await busy;
    },
  };
}

async function encode(canvas, { type, quality }) {
  const blob = await canvas.convertToBlob({ type, quality });
  return { data: await blob.arrayBuffer(), type: blob.type };
}
