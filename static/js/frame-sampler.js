/**
 * The frame sampler: frames of a camera at a requested rate, encoded, with the time each was taken.
 *
 * Three ways, the best that the browser has: "worker" (MediaStreamTrackProcessor and OffscreenCanvas in a
 * Worker), "video-frames" (requestVideoFrameCallback), "timer". All go on in a hidden tab.
 * What is kept is never mirrored: the preview is, by the page's style sheet alone.
 */

import { FramePicker } from "./frame-picker.js";
import { startTicker } from "./ticker.js";

/**
 * @typedef {object} Settings
 * @property {number} fps
 * @property {string} type image/jpeg, image/webp or image/png
 * @property {number} quality 0 to 1
 */
/** @typedef {{data: ArrayBuffer, takenAtMs: number, type: string}} Taken the type is what the browser could encode */
/**
 * @typedef {object} Sink
 * @property {(taken: Taken) => void} onFrame
 * @property {(count: number, reason: string, atMs: number) => void} onDropped
 */
/** @typedef {{way: string, takeNext: () => void, stop: () => Promise<void>}} Sampler
 *  `stop` resolves after the last frame was handed over; safe twice */

const LOOK_MS = 250; // the timer's way: at least as often, so that "one frame now" is now

/**
 * @param {MediaStreamTrack} track
 * @param {HTMLVideoElement} video that plays the same stream, for the ways that need one
 * @param {Settings} settings
 * @param {Sink} sink
 * @returns {Sampler}
 */
export function startSampling(track, video, settings, sink) {
  if ("MediaStreamTrackProcessor" in globalThis) return sampleInWorker(track, settings, sink);
  if ("requestVideoFrameCallback" in video) return sampleVideoFrames(video, settings, sink);
  return sampleByTimer(video, settings, sink);
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

function sampleVideoFrames(video, settings, sink) {
  const taker = new VideoTaker(video, settings, sink);
  let handle = null;
  const onVideoFrame = (now, { captureTime, presentationTime }) => {
    // The camera's own time where the browser tells it (Chromium), else when the frame was shown.
    const at = captureTime ?? presentationTime ?? now;
    taker.offer(at, performance.timeOrigin + at);
    handle = video.requestVideoFrameCallback(onVideoFrame);
  };
  handle = video.requestVideoFrameCallback(onVideoFrame);
  // A hidden tab is told of no frames, but what it draws of the video is fresh.
  const stopLooking = lookByClock(taker, settings, () => video.ownerDocument.hidden);
  return taker.asSampler("video-frames", () => {
    video.cancelVideoFrameCallback(handle);
    stopLooking();
  });
}

function sampleByTimer(video, settings, sink) {
  const taker = new VideoTaker(video, settings, sink);
  return taker.asSampler("timer", lookByClock(taker, settings));
}

/** Offer the picture that there is, twice in each of the rate's periods, whenever `isWanted`. */
function lookByClock(taker, { fps }, isWanted = () => true) {
  return startTicker(Math.min(LOOK_MS, 500 / fps), () => {
    const now = performance.now();
    if (isWanted()) taker.offer(now, performance.timeOrigin + now);
  });
}

/** Takes the picture that a <video> shows now; one at a time. */
class VideoTaker {
  constructor(video, settings, { onFrame, onDropped }) {
    this.video = video;
    this.settings = settings;
    this.onFrame = onFrame;
    this.onDropped = onDropped;
    this.picker = new FramePicker(settings.fps);
    this.canvas = new OffscreenCanvas(1, 1);
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.encoding = null;
  }

  asSampler(way, cancel) {
    return {
      way,
      takeNext: () => this.picker.takeNext(),
      stop: async () => {
        cancel();
        await this.encoding;
      },
    };
  }

  offer(at, takenAtMs) {
    const { take, missed } = this.picker.offer(at);
    if (missed) this.onDropped(missed, "camera-late", takenAtMs);
    if (!take) return;
    if (this.encoding) return this.onDropped(1, "encoder-busy", takenAtMs);
    this.encoding = this.#take(takenAtMs).finally(() => (this.encoding = null));
  }

  async #take(takenAtMs) {
    const { videoWidth: width, videoHeight: height } = this.video;
    Object.assign(this.canvas, { width, height });
    try {
      this.context.drawImage(this.video, 0, 0, width, height);
      const blob = await this.canvas.convertToBlob({ type: this.settings.type, quality: this.settings.quality });
      this.onFrame({ data: await blob.arrayBuffer(), takenAtMs, type: blob.type });
    } catch {
      this.onDropped(1, "encoder-failed", takenAtMs);
    }
  }
}
