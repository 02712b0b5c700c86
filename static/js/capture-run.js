/** One capture session, from the lens to the receipt: sampler -> outbox -> uploader, with numbers that are true. */

import { Trouble } from "./errors.js";
import { bestWay, startSampling } from "./frame-sampler.js";
import { RateMeter } from "./rate-meter.js";
import { Run } from "./run.js";
import { SamplingReport } from "./sampling-report.js";
import { ServerClock } from "./server-clock.js";
import { steadyNow } from "./steady-time.js";

const TICKS = 200;
const DROPS_REMEMBERED = 20;
const LOOK_MS = 1000;
const NEXT_TOLD_MS = 5000; // of frames that far apart the page says when the next is due
const CLOCK_PATIENCE_MS = 2000; // then it begins, and knows the server's clock later
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
  const clock = new ServerClock();
  await Promise.race([clock.start(), new Promise((resolve) => setTimeout(resolve, CLOCK_PATIENCE_MS))]);
  return new CaptureRun(prepared, { clock, opened, videoElement, fps, format, quality });
}

export class CaptureRun extends Run {
  /** `state.phase` is "running", "draining", "closed"; `state.ticks` is what became of the last frames. */
  constructor(prepared, { clock, opened, videoElement, fps, format, quality }) {
    super(prepared);
    this.number = 0;
    this.clock = clock;
    this.report = new SamplingReport(fps);
    this.rate = new RateMeter(fps);
    this.ticks = []; // {is: "here"|"kept"|"dropped"}, oldest first
    this.tickOf = new Map();
    this.cameraErrorMs = 0;
    Object.assign(this.state, {
      phase: "running", captured: 0, dropped: 0, drops: [], ticks: [], requestedFps: fps, achievedFps: null,
      lastPicture: null, way: bestWay(videoElement), errorMs: null, nextAtMs: 0,
    });
    this.#sayAlive();
    this.uploader.addEventListener("state", () => this.#sayAlive()); // after a sign-in it needs the new token
    this.sampler = startSampling(opened.video, videoElement, { fps, type: format, quality }, {
      onFrame: (taken) => this.#onFrame(taken),
      onDropped: (count, reason, at) => this.#onDropped(count, reason, at),
    });
    this.looking = setInterval(() => this.#look(), LOOK_MS);
    opened.video.addEventListener("ended", () => {
      this.update({ trouble: new Trouble("unplugged", opened.label) });
      this.stop("camera-gone");
    });
  }

  /** The camera's next frames, besides the rate. */
  takeNow(count = 1) {
    this.sampler.takeNext(count);
  }

  /** Safe twice. Resolves when every frame is kept and the capture session is closed. */
  stop(reason = "stopped") {
    this.stopped ??= this.#stop(reason);
    return this.stopped;
  }

  async #stop(reason) {
    clearInterval(this.looking);
    await this.sampler.stop();
    this.clock.stop();
    this.#sayAlive();
    this.update({ phase: "draining" });
    await this.putting;
    await this.finish(this.#end(reason));
    this.update({ phase: "closed" });
  }

  #end(reason) {
    const frame_count = Math.min(this.number, this.lostFrom);
    return { frame_count, dropped_count: this.state.dropped, end_reason: reason, sampling: this.#sampling() };
  }

  #sampling() {
    return this.report.say(this.sampler?.way ?? this.state.way, this.clock.facts);
  }

  #sayAlive() {
    this.alive.say({ sampling: this.#sampling() });
  }

  #look() {
    const now = steadyNow();
    const errorMs = this.clock.error(now) + this.cameraErrorMs;
    this.update({ achievedFps: this.rate.at(now), way: this.sampler.way, errorMs });
    this.#sayAlive();
  }

  /** Times are by the steady clock until here, and by the server's from here on. */
  #onFrame({ data, takenAtMs: steadyMs, errorMs, type, isExtra }) {
    const tooMuch = this.state.waitingBytes > MOST_WAITING_BYTES || this.puttingBytes > MOST_IN_MEMORY_BYTES;
    if (tooMuch || this.state.outboxFull) return this.#onDropped(1, "outbox-full", steadyMs);
    const takenAtMs = this.clock.serverTime(steadyMs);
    this.cameraErrorMs = errorMs;
    this.report.take(takenAtMs, errorMs + this.clock.error(steadyMs), isExtra);
    const number = this.number++;
    this.tickOf.set(number, this.#addTick("here"));
    if (!isExtra) this.#onBeat(steadyMs);
    this.update({
      captured: this.number,
      achievedFps: this.rate.at(steadyMs),
      lastPicture: new Blob([data], { type }),
    });
    this.keepHere(number, data, { type, takenAtMs, size: data.byteLength });
  }

  #onBeat(steadyMs) {
    this.rate.add(steadyMs);
    if (this.rate.period >= NEXT_TOLD_MS) this.state.nextAtMs = Date.now() + this.rate.period;
  }

  #onDropped(count, reason, at) {
    for (let i = 0; i < Math.min(count, TICKS); i += 1) this.#addTick("dropped");
    this.report.drop(count, reason, this.clock.serverTime(at));
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
    const now = steadyNow();
    this.report.lose("outbox-full", this.clock.serverTime(now));
    this.#countDropped(1, "outbox-full", now);
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
