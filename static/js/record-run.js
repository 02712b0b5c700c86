/** One recording, from the lens to the receipt: recorder -> outbox -> uploader -> seal. */

import { Trouble } from "./errors.js";
import { Recorder } from "./recorder.js";
import { Run } from "./run.js";

const HEADER_BYTES = 16 * 1024;
const CLOCK_MS = 250;
const STAYED_MS = 2000; // a page that lives that long after "leave?" has stayed
const KEEPALIVE_BYTES = 60 * 1024; // the Fetch standard lets a leaving page send 64 KiB in all

/**
 * @param {{opened: import("./camera.js").Opened, account: string, bitsPerSecond: number, values: object}} wanted
 * @returns {Promise<RecordRun>} or ProblemError, NoAnswer when the server does not take it
 */
export async function startRecording({ opened, account, bitsPerSecond, values }) {
  let run = null; // chunks come only after `start`, which the run calls
  const recorder = new Recorder(opened.stream, { bitsPerSecond }, {
    onChunk: (number, blob, elapsedMs) => run.onChunk(number, blob, elapsedMs),
    onEnded: () => run.stop("camera-gone"),
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
  /** `state.phase` is "recording", "paused", "draining", "sealed". */
  constructor(prepared, recorder, opened) {
    super(prepared);
    this.recorder = recorder;
    this.waitingSpans = new Map(); // number -> {startMs, endMs} of chunks without a receipt, in order
    this.header = null;
    this.lastEndMs = 0;
    this.left = false;
    this.leavingBytes = 0; // what a leaving page may still send
    Object.assign(this.state, {
      phase: "recording", elapsedMs: 0, keptToMs: 0, waitingMs: 0, mimeType: recorder.mimeType,
    });
    this.#sayAlive();
    recorder.start();
    this.clock = setInterval(() => this.#tick(), CLOCK_MS);
    opened.video.addEventListener("ended", () => this.#lose(opened.label, "camera-gone"));
    opened.audio?.addEventListener("ended", () => this.#lose(opened.audio.label, "microphone-gone"));
  }

  /** A device is gone. What comes after is another recording: its tracks may be others. */
  #lose(device, reason) {
    this.update({ trouble: new Trouble("unplugged", device) });
    this.stop(reason);
  }

  pause() {
    if (this.state.phase !== "recording") return;
    this.recorder.pause();
    this.update({ phase: "paused", elapsedMs: this.recorder.elapsedMs });
    this.#sayAlive({ now: true });
  }

  resume() {
    if (this.state.phase !== "paused") return;
    this.recorder.resume();
    this.update({ phase: "recording" });
    this.#sayAlive({ now: true });
  }

  /** Safe twice. Resolves when every chunk is kept and the recording is sealed. */
  stop(reason = "stopped") {
    this.stopped ??= this.#stop(reason);
    return this.stopped;
  }

  async #stop(reason) {
    await this.recorder.stop();
    this.update({ phase: "draining", elapsedMs: this.recorder.elapsedMs });
    this.#sayAlive({ now: true });
    if (this.left) this.lastEnd(this.#end(reason));
    await this.putting;
    const header = this.header && base64(await this.header.arrayBuffer());
    await this.finish({ ...this.#end(reason), header });
    clearInterval(this.clock);
    this.update({ phase: "sealed" });
  }

  #end(reason) {
    return { chunk_count: Math.min(this.recorder.number, this.lostFrom), end_reason: reason };
  }

  onChunk(number, blob, elapsedMs) {
    if (number === 0) this.header = blob.slice(0, HEADER_BYTES);
    this.waitingSpans.set(number, { startMs: this.lastEndMs, endMs: elapsedMs });
    this.lastEndMs = elapsedMs;
    if (this.leavingBytes) this.#sendLeaving(number, blob);
    this.keepHere(number, blob, { type: blob.type, size: blob.size });
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
    this.alive.say({ state: this.state.phase, waiting_count: this.state.waiting }, when);
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
