/** One recording, from the lens to the receipt: recorder -> outbox -> uploader -> seal. */

import { Trouble } from "./errors.js";
import { Recorder, takesSizeChanges } from "./recorder.js";
import { Run } from "./run.js";
import { RunEvents } from "./run-events.js";
import { SleepWatch } from "./sleep-watch.js";

const HEADER_BYTES = 16 * 1024;
const CLOCK_MS = 250;
const STAYED_MS = 2000; // a page that lives that long after "leave?" has stayed
const SAME_SHAPE = 0.02; // of width / height: drivers round
const KEEPALIVE_BYTES = 60 * 1024; // the Fetch standard lets a leaving page send 64 KiB in all

/**
 * @param {{opened: import("./camera.js").Opened, account: string, bitsPerSecond: number, values: object}} wanted
 * @returns {Promise<RecordRun>} or ProblemError, NoAnswer when the server does not take it
 */
export async function startRecording({ opened, account, bitsPerSecond, values }) {
  let run = null; // chunks come only after `start`, which the run calls
  const recorder = new Recorder(opened.stream, { bitsPerSecond }, {
    onChunk: (number, blob, elapsedMs) => run.onChunk(number, blob, elapsedMs),
    onEnded: () => run.endPart("camera-gone", opened.label), // by itself: its tracks are gone
    isWanted: () => run.sleep.awake(),
  });
  const prepared = await Run.prepare("recording", account, {
    ...values,
    content_type: recorder.mimeType || "video/webm",
    timeslice_ms: recorder.timesliceMs,
    width: opened.width,
    height: opened.height,
    camera_label: opened.label,
  });
  run = new RecordRun(prepared, recorder, opened);
  return run;
}

export class RecordRun extends Run {
  /** `state.phase` is "recording", "paused", "draining", "sealed". `state.partEnd` {reason, device, wasPaused, sleptMs}
   *  when it ends although nobody stopped it: another recording goes on where this one ends. */
  constructor(prepared, recorder, opened) {
    super(prepared);
    this.recorder = recorder;
    this.waitingSpans = new Map(); // number -> {startMs, endMs} of chunks without a receipt, in order
    this.header = new Blob();
    this.lastEndMs = 0;
    this.left = false;
    this.leavingBytes = 0; // what a leaving page may still send
    Object.assign(this.state, {
      phase: "recording", elapsedMs: 0, keptToMs: 0, waitingMs: 0, mimeType: recorder.mimeType, partEnd: null,
    });
    this.shape = null; // of the pictures, {width, shape: width / height}
    this.events = new RunEvents(() => recorder.elapsedMs);
    this.sleep = new SleepWatch((from, to) => this.endPart("slept", "", to - from));
    this.#sayAlive();
    recorder.start();
    this.clock = setInterval(() => this.#tick(), CLOCK_MS);
    opened.video.addEventListener("ended", () => this.endPart("camera-gone", opened.label));
    opened.audio?.addEventListener("ended", () => this.endPart("microphone-gone", opened.audio.label));
    this.events.watch("camera", opened.video);
    this.events.watch("microphone", opened.audio);
  }

  /** What comes after is another recording: its tracks are others, or its time, or the shape of its picture.
   *  @param {"camera-gone"|"microphone-gone"|"camera-switched"|"microphone-switched"|"slept"|"turned"} reason
   *  @param {string} [device] that is gone @param {number} [sleptMs] */
  endPart(reason, device = "", sleptMs = 0) {
    if (this.stopped) return;
    if (reason.endsWith("-gone")) this.events.note(reason, { device });
    if (device) this.update({ trouble: new Trouble("unplugged", device) });
    this.update({ partEnd: { reason, device, wasPaused: this.state.phase === "paused", sleptMs } });
    this.stop(reason);
  }

  /** The page tells what size the preview's pictures have, first and whenever it changes. A phone that was turned gives
   *  another shape: every player shows a file of one shape as it is, and what they make of one that changes differs.
   *  Another size of the same shape does no harm where the container follows. */
  pictureIs(width, height) {
    if (!width || !height) return;
    const shape = width / height;
    this.shape ??= { width, shape };
    if (this.shape.width === width && this.shape.shape === shape) return;
    const isTurned = Math.abs(shape - this.shape.shape) > SAME_SHAPE;
    this.shape = { width, shape };
    if (isTurned || !takesSizeChanges(this.recorder.mimeType)) this.endPart("turned");
  }

  pause() {
    if (this.state.phase !== "recording") return;
    this.recorder.pause();
    this.events.begin("paused");
    this.update({ phase: "paused", elapsedMs: this.recorder.elapsedMs });
    this.#sayAlive({ now: true });
  }

  resume() {
    if (this.state.phase !== "paused") return;
    this.recorder.resume();
    this.events.end("paused", "resumed");
    this.update({ phase: "recording" });
    this.#sayAlive({ now: true });
  }

  /** Safe twice. Resolves when every chunk is kept and the recording is sealed. */
  stop(reason = "stopped") {
    this.stopped ??= this.#stop(reason);
    return this.stopped;
  }

  async #stop(reason) {
    this.events.stop();
    await this.recorder.stop();
    this.sleep.stop();
    // By the recorder's clock it may have gone on while it slept.
    this.update({ phase: "draining", elapsedMs: reason === "slept" ? this.lastEndMs : this.recorder.elapsedMs });
    this.#sayAlive({ now: true });
    if (this.left) this.lastEnd(this.#end(reason));
    await this.putting;
    const header = base64(await this.header.arrayBuffer());
    await this.finish({ ...this.#end(reason), header });
    clearInterval(this.clock);
    this.update({ phase: "sealed" });
  }

  #end(reason) {
    return { chunk_count: Math.min(this.recorder.number, this.lostFrom), end_reason: reason, events: this.events.list };
  }

  onChunk(number, blob, elapsedMs) {
    // The first chunk can be a single byte, so the header may be in the next.
    if (this.header.size < HEADER_BYTES) this.header = new Blob([this.header, blob]).slice(0, HEADER_BYTES);
    this.waitingSpans.set(number, { startMs: this.lastEndMs, endMs: elapsedMs });
    this.lastEndMs = elapsedMs;
    if (this.leavingBytes) this.#sendLeaving(number, blob);
    this.keepHere(number, blob, { type: blob.type, size: blob.size, takenAtMs: Date.now() });
  }

  onKept(number) {
    this.waitingSpans.delete(number);
    this.#showSpans();
  }

  onLost(number) {
    this.lastEndMs = Math.min(this.lastEndMs, this.waitingSpans.get(number).startMs);
    this.waitingSpans.delete(number);
    this.#showSpans();
  }

  #showSpans() {
    const [first] = this.waitingSpans.values();
    const keptToMs = first ? first.startMs : this.lastEndMs;
    Object.assign(this.state, { keptToMs, waitingMs: Math.max(0, this.lastEndMs - keptToMs) });
  }

  #tick() {
    this.#sayAlive();
    this.#showSpans();
    if (this.state.phase === "recording") this.update({ elapsedMs: this.recorder.elapsedMs });
  }

  #sayAlive(when) {
    const { phase: state, waiting: waiting_count } = this.state;
    this.alive.say({ state, waiting_count, events: this.events.list }, when);
  }

  /** A page that goes to another one gets no event after it went: hand over now, although it may yet stay. */
  onPerhapsLeaving() {
    this.leavingBytes = KEEPALIVE_BYTES;
    this.recorder.flush();
    setTimeout(() => (this.leavingBytes = 0), STAYED_MS);
  }

  /** A page that is closed may get the last events, and may send a little in them. The outbox is the guarantee. */
  onLeaving() {
    this.left = true;
    this.leavingBytes ||= KEEPALIVE_BYTES;
    this.stop("page-left"); // with its last chunk
  }

  #sendLeaving(number, blob) {
    if (blob.size > this.leavingBytes) return;
    this.leavingBytes -= blob.size;
    this.lastWord("PUT", `${this.run.path}/chunks/${number}`, blob, "application/octet-stream");
  }
}

function base64(buffer) {
  return btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
}
