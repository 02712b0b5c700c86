/** One capture session, from the lens to the receipt: sampler -> outbox -> uploader, with numbers that are true. */

import { Trouble } from "./errors.js";
import { startSampling } from "./frame-sampler.js";
import { RateMeter } from "./rate-meter.js";
import { Run } from "./run.js";

const TICKS = 200;
const DROPS_REMEMBERED = 20;
const LOOK_MS = 1000;
const MOST_WAITING_BYTES = 512 * 1024 * 1024; // what the outbox of one capture session may grow to
const MOST_IN_MEMORY_BYTES = 64 * 1024 * 1024; // on the way to a slow disk

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
  /** `state.phase` is "running", "draining", "closed"; `state.ticks` is what became of the last frames. */
  constructor(prepared, { opened, videoElement, fps, format, quality }) {
    super(prepared);
    this.number = 0;
    this.rate = new RateMeter(fps);
    this.ticks = []; // {is: "here"|"kept"|"dropped"}, oldest first
    this.tickOf = new Map();
    Object.assign(this.state, {
      phase: "running", captured: 0, dropped: 0, drops: [], ticks: [], requestedFps: fps, achievedFps: null,
      lastPicture: null,
    });
    this.alive.say({});
    this.uploader.addEventListener("state", () => this.alive.say({})); // after a sign-in it needs the new token
    this.sampler = startSampling(opened.video, videoElement, { fps, type: format, quality }, {
      onFrame: (taken) => this.#onFrame(taken),
      onDropped: (count, reason, at) => this.#onDropped(count, reason, at),
    });
    this.state.way = this.sampler.way;
    this.looking = setInterval(() => this.update({ achievedFps: this.rate.at(Date.now()) }), LOOK_MS);
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
    clearInterval(this.looking);
    await this.sampler.stop();
    this.update({ phase: "draining" });
    await this.putting;
    await this.finish(this.#end(reason));
    this.update({ phase: "closed" });
  }

  #end(reason) {
    const frame_count = Math.min(this.number, this.lostFrom);
    return { frame_count, dropped_count: this.state.dropped, end_reason: reason };
  }

  #onFrame({ data, takenAtMs, type }) {
    const tooMuch = this.state.waitingBytes > MOST_WAITING_BYTES || this.puttingBytes > MOST_IN_MEMORY_BYTES;
    if (tooMuch || this.state.outboxFull) return this.#onDropped(1, "outbox-full", takenAtMs);
    const number = this.number++;
    this.tickOf.set(number, this.#addTick("here"));
    this.rate.add(takenAtMs);
    this.update({
      captured: this.number,
      achievedFps: this.rate.at(takenAtMs),
      lastPicture: new Blob([data], { type }),
    });
    this.keepHere(number, data, { type, takenAtMs, size: data.byteLength });
  }

  #onDropped(count, reason, at) {
    for (let i = 0; i < Math.min(count, TICKS); i += 1) this.#addTick("dropped");
    this.#countDropped(count, reason, at);
    this.update({});
  }

  onKept(number) {
    this.#setTick(number, "kept");
  }

  onAside(number) {
    this.#setTick(number, "dropped");
  }

  onLost(number) {
    this.#setTick(number, "dropped");
    this.#countDropped(1, "outbox-full", Date.now());
  }

  onLeaving() {
    const end = this.#end("page-left");
    this.outbox.putRun({ ...this.run, end });
    this.lastEnd(end);
  }

  #countDropped(count, reason, at) {
    this.state.dropped += count;
    this.state.drops = [...this.state.drops, { reason, at, count }].slice(-DROPS_REMEMBERED);
  }

  #addTick(is) {
    const tick = { is };
    this.ticks.push(tick);
    if (this.ticks.length > TICKS) this.ticks.shift();
    this.#showTicks();
    return tick;
  }

  #setTick(number, is) {
    const tick = this.tickOf.get(number);
    this.tickOf.delete(number);
    if (tick) tick.is = is;
    this.#showTicks();
  }

  #showTicks() {
    this.state.ticks = this.ticks.map(({ is }) => is);
  }
}
