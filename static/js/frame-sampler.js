/**
 * The frame sampler: frames of a camera at a requested rate, encoded, with the time each was taken.
 *
 * Three ways, the best that the browser has: "worker" (MediaStreamTrackProcessor and OffscreenCanvas in a
 * Worker), "video-frames" (requestVideoFrameCallback), "timer". All go on in a hidden tab. Where the Worker does not
 * even begin, the next way is taken.
 * What is kept is never mirrored: the preview is, by the page's style sheet alone.
 */

import { sampleByTimer, sampleVideoFrames } from "./video-sampler.js";

/**
 * @typedef {object} Settings
 * @property {number} fps
 * @property {string} type image/jpeg, image/webp or image/png
 * @property {number} quality 0 to 1
 */
/** @typedef {{data: ArrayBuffer, takenAtMs: number, errorMs: number, type: string, isExtra: boolean}} Taken
 *  `takenAtMs` by the steady clock (steady-time.js), and what of it the camera and the browser leave open; the type is
 *  what the browser could encode; `isExtra`: asked for besides the rate */
/**
 * @typedef {object} Sink
 * @property {(taken: Taken) => void} onFrame
 * @property {(count: number, reason: string, atMs: number) => void} onDropped
 */
/** @typedef {{way: string, takeNext: (count?: number) => void, stop: () => Promise<void>}} Sampler
 *  `stop` resolves after the last frame was handed over; safe twice */

const BUFFERED = 3; // camera frames that may wait for the Worker; the browser's own choice of 1 loses some

/** @param {HTMLVideoElement} video @returns {"worker"|"video-frames"|"timer"} the best way of this browser */
export function bestWay(video) {
  if ("MediaStreamTrackProcessor" in globalThis && "OffscreenCanvas" in globalThis) return "worker";
  return "requestVideoFrameCallback" in video ? "video-frames" : "timer";
}

/**
 * @param {MediaStreamTrack} track
 * @param {HTMLVideoElement} video that plays the same stream, for the ways that need one
 * @param {Settings} settings
 * @param {Sink} sink
 * @returns {Sampler}
 */
export function startSampling(track, video, settings, sink) {
  const byVideo = "requestVideoFrameCallback" in video ? sampleVideoFrames : sampleByTimer;
  if (bestWay(video) !== "worker") return byVideo(track, video, settings, sink);
  const sampler = { way: "", takeNext: null, stop: null };
  const onFailed = () => Object.assign(sampler, byVideo(track, video, settings, sink));
  return Object.assign(sampler, sampleInWorker(track, settings, sink, onFailed));
}

function sampleInWorker(track, settings, { onFrame, onDropped }, onFailed) {
  const worker = new Worker(new URL("./sampler-worker.js", import.meta.url), { type: "module" });
  // A clone: stopping the sampler must not take the preview's picture away.
  const own = track.clone();
  const { readable } = new MediaStreamTrackProcessor({ track: own, maxBufferSize: BUFFERED });
  const leave = () => {
    own.stop();
    worker.terminate();
  };
  const ended = new Promise((resolve) => {
    worker.onmessage = ({ data }) => {
      if (data.ended) return resolve();
      if (data.dropped) return onDropped(data.dropped, data.reason, data.atMs);
      const { byteLength } = data.data;
      onFrame(data);
      worker.postMessage({ heard: byteLength });
    };
    worker.onerror = () => {
      resolve();
      leave();
      onFailed();
    };
  });
  worker.postMessage({ readable, ...settings }, [readable]);
  return {
    way: "worker",
    takeNext: (count = 1) => worker.postMessage({ takeNext: count }),
    stop: async () => {
      worker.postMessage({ stop: true });
      await ended;
      leave();
    },
  };
}
