/** One capture session, from the lens to the receipt: sampler -> outbox -> uploader, with numbers that are true. */

import { Trouble } from "./errors.js";
import { tellEnd } from "./ending.js";
import { startSampling } from "./frame-sampler.js";
import { Run } from "./run.js";

const TICKS = 200;
const RATE_WINDOW_MS = 60_000;
const MOST_WAITING_BYTES = 512 * 1024 * 1024; // what the outbox of one capture session may grow to

/**
 * @param {{opened: import("./camera.js").Opened, videoElement: HTMLVideoElement, account: string, fps: number,
 *   format: string, quality: number, values: object}} wanted
 * @returns {Promise<CaptureRun>} or ProblemError, NoAnswer when the server does not take it
 */
export async function startCapture({ opened, videoElement, account, fps, format, quality, values }) {
  const { width, height, label } = opened;
  const prepared = await Run.prepare("capture", account, {
    ...values, requested_fps: fps, content_type: format, width, height, camera_label: label,
  });
  return new CaptureRun(prepared, { opened, videoElement, fps, format, quality });
}

export class CaptureRun extends Run {
  constructor(prepared, { opened, videoElement, fps, format, quality }) {
    super(prepared);
    this.opened = opened;
    this.number = 0;
    this.takenAt = [];
    this.tickOf = new Map();
    Object.assign(this.state, {
      phase: "running", captured: 0, dropped: 0, drops: [], ticks: [], requestedFps: fps, achievedFps: null,
      lastPicture: null,
    });
    this.alive.say({});
    const settings = { fps, width: opened.width, height: opened.height, type: format, quality };
    this.sampler = startSampling(opened.video, videoElement, settings, {
      onFrame: (taken) => this.#onFrame(taken),
      onDropped: (count, reason, at) => this.#onDropped(count, reason, at),
    });
    this.state.way = this.sampler.way;
    opened.video.addEventListener("ended", () => {
      this.update({ trouble: new Trouble("unplugged", opened.label) });
      this.stop("camera-gone");
    });
  }

  /** One frame now, besides the rate. */
  snapshot() {
    this.sampler.takeNext();
  }

  /** Safe twice. Resolves when every frame is kept and the capture session is closed. */
  stop(reason = "stopped") {
    this.stopped ??= this.#stop(reason);
    return this.stopped;
  }

  async #stop(reason) {
    await this.sampler.stop();
    this.update({ phase: "draining" });
    const end = { frame_count: this.number, dropped_count: this.state.dropped, end_reason: reason };
    await this.finish(end, tellEnd);
    this.update({ phase: "closed" });
  }

  #onFrame({ data, takenAtMs, type }) {
    if (this.state.waitingBytes > MOST_WAITING_BYTES) return this.#onDropped(1, "outbox-full", takenAtMs);
    const number = this.number++;
    const tick = this.#addTick("here");
    this.tickOf.set(number, tick);
    this.takenAt.push(takenAtMs);
    while (this.takenAt[0] < takenAtMs - RATE_WINDOW_MS) this.takenAt.shift();
    const seconds = (takenAtMs - this.takenAt[0]) / 1000;
    this.update({
      captured: this.number,
      achievedFps: seconds > 0 ? (this.takenAt.length - 1) / seconds : null,
      lastPicture: new Blob([data], { type }),
    });
    this.keepHere(number, data, { type, takenAtMs, size: data.byteLength });
  }

  #onDropped(count, reason, at) {
    for (let i = 0; i < Math.min(count, TICKS); i += 1) this.#addTick("dropped");
    const drops = [...this.state.drops, { reason, at, count }].slice(-20);
    this.update({ dropped: this.state.dropped + count, drops });
  }

  onKept(number) {
    const tick = this.tickOf.get(number);
    this.tickOf.delete(number);
    if (tick) tick.is = "kept";
    this.update({ ticks: this.ticks.map(({ is }) => is) });
  }

  onOutboxFull(number, error) {
    super.onOutboxFull(number, error);
    this.tickOf.get(number).is = "dropped";
    this.#onDropped(1, "outbox-full", Date.now());
  }

  #addTick(is) {
    this.ticks ??= [];
    const tick = { is };
    this.ticks.push(tick);
    if (this.ticks.length > TICKS) this.ticks.shift();
    this.state.ticks = this.ticks.map((each) => each.is);
    return tick;
  }
}
