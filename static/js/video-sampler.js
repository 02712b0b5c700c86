/** Frames as a <video> shows them, for browsers that hand a track's frames to no Worker. */

import { FramePicker } from "./frame-picker.js";
import { pictureCanvas } from "./picture-canvas.js";
import { steadyEpoch } from "./steady-time.js";
import { startTicker } from "./ticker.js";

/* Settings, Sink and Sampler are those of the frame sampler, which imports this module. */

const LOOK_MS = 250; // the timer's way: at least as often, so that "one frame now" is now
const USUAL_FPS = 30; // of cameras that do not tell
const SHOWN_LATE = 2; // camera frames: one until it is all here, one until it is shown

/** @param {MediaStreamTrack} track @param {HTMLVideoElement} video @param {object} settings
 *  @param {object} sink @returns {object} a Sampler */
export function sampleVideoFrames(track, video, settings, sink) {
  const taker = new VideoTaker(track, video, settings, sink);
  let handle = null;
  const onVideoFrame = (now, { captureTime, presentationTime }) => {
    // The camera's own time where the browser tells it (Chromium), else when the frame was shown.
    const lateBy = captureTime === undefined ? SHOWN_LATE : 1;
    taker.offer(captureTime ?? presentationTime ?? now, lateBy);
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

/** The same parameters. */
export function sampleByTimer(track, video, settings, sink) {
  const taker = new VideoTaker(track, video, settings, sink);
  return taker.asSampler("timer", lookByClock(taker, settings));
}

/** Offer the picture that there is, twice in each of the rate's periods, whenever `isWanted`. */
function lookByClock(taker, { fps }, isWanted = () => true) {
  return startTicker(Math.min(LOOK_MS, 500 / fps), () => {
    if (isWanted()) taker.offer(performance.now(), SHOWN_LATE);
  });
}

/** Takes the picture that a <video> shows now; one at a time. */
class VideoTaker {
  constructor(track, video, settings, { onFrame, onDropped }) {
    this.track = track;
    this.video = video;
    this.settings = settings;
    this.onFrame = onFrame;
    this.onDropped = onDropped;
    this.picker = new FramePicker(settings.fps);
    this.canvas = pictureCanvas(video.ownerDocument);
    this.encoding = null;
  }

  asSampler(way, cancel) {
    return {
      way,
      takeNext: (count) => this.picker.takeNext(count),
      stop: async () => {
        if (this.stopped) return this.encoding;
        this.stopped = true;
        cancel();
        const now = performance.now();
        const missed = this.picker.end(now);
        if (missed) this.onDropped(missed, "camera-late", steadyEpoch(now));
        await this.encoding;
      },
    };
  }

  /** @param {number} at as performance.now counts @param {number} lateBy camera frames that it may be late */
  offer(at, lateBy) {
    const { take, isExtra, missed } = this.picker.offer(at);
    const takenAtMs = steadyEpoch(at);
    if (missed) this.onDropped(missed, "camera-late", takenAtMs);
    if (!take) return;
    if (this.encoding) {
      // Nobody asked for this very moment: the next picture will do.
      return isExtra ? this.picker.takeNext() : this.onDropped(1, "encoder-busy", takenAtMs);
    }
    const errorMs = (lateBy * 1000) / (this.track.getSettings().frameRate || USUAL_FPS);
    this.encoding = this.#take({ takenAtMs, errorMs, isExtra }).finally(() => (this.encoding = null));
  }

  async #take(facts) {
    const { videoWidth: width, videoHeight: height } = this.video;
    try {
      this.canvas.draw(this.video, width, height);
      const blob = await this.canvas.encode(this.settings);
      this.onFrame({ data: await blob.arrayBuffer(), type: blob.type, ...facts });
    } catch {
      this.onDropped(1, "encoder-failed", facts.takenAtMs);
    }
  }
}
