/** One recording, from the lens to the receipt: recorder -> outbox -> uploader -> seal. */

import { Trouble } from "./errors.js";
import { csrfToken } from "./api.js";
import { tellEnd } from "./ending.js";
import { Recorder } from "./recorder.js";
import { Run } from "./run.js";

const HEADER_BYTES = 16 * 1024;
const CLOCK_MS = 250;
const KEEPALIVE_BYTES = 60 * 1024; // the Fetch standard lets a leaving page send 64 KiB in all

/**
 * @param {{opened: import("./camera.js").Opened, account: string, bitsPerSecond: number, values: object}} wanted
 * @returns {Promise<RecordRun>} or ProblemError, NoAnswer when the server does not take it
 */
export async function startRecording({ opened, account, bitsPerSecond, values }) {
  let run = null;
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
  constructor(prepared, recorder, opened) {
    super(prepared);
    this.recorder = recorder;
    this.waitingSpans = []; // {number, startMs, endMs} of chunks without a receipt, in order
    this.header = null;
    this.lastEndMs = 0;
    Object.assign(this.state, {
      phase: "recording", elapsedMs: 0, keptToMs: 0, waitingMs: 0, mimeType: recorder.mimeType,
    });
    this.alive.say({ state: "recording", waiting_count: 0 });
    recorder.start();
    this.clock = setInterval(() => this.#tick(), CLOCK_MS);
    this.onLeaving = () => this.#leave();
    globalThis.addEventListener?.("pagehide", this.onLeaving);
    opened.video.addEventListener("ended", () => {
      this.update({ trouble: new Trouble("unplugged", opened.label) });
      this.stop("camera-gone");
    });
  }

  pause() {
    if (this.state.phase !== "recording") return;
    this.recorder.pause();
    this.update({ phase: "paused" });
    this.#tick(true);
  }

  resume() {
    if (this.state.phase !== "paused") return;
    this.recorder.resume();
    this.update({ phase: "recording" });
    this.#tick(true);
  }

  /** Safe twice. Resolves when every chunk is kept and the recording is sealed. */
  stop(reason = "stopped") {
    this.stopped ??= this.#stop(reason);
    return this.stopped;
  }

  async #stop(reason) {
    await this.recorder.stop();
    globalThis.removeEventListener?.("pagehide", this.onLeaving);
    this.update({ phase: "draining", elapsedMs: this.recorder.elapsedMs });
    this.#tick(true);
    await this.putting;
    const header = this.header ? base64(await this.header.arrayBuffer()) : null;
    await this.finish({ chunk_count: this.recorder.number, end_reason: reason, header }, tellEnd);
    clearInterval(this.clock);
    this.update({ phase: "sealed" });
  }

  onChunk(number, blob, elapsedMs) {
    if (number === 0) this.header = blob.slice(0, HEADER_BYTES);
    this.waitingSpans.push({ number, startMs: this.lastEndMs, endMs: elapsedMs });
    this.lastEndMs = elapsedMs;
    if (this.leaving) this.#sendOnLeaving(number, blob);
    this.keepHere(number, blob.arrayBuffer(), { type: blob.type, size: blob.size });
  }

  onKept(number) {
    this.waitingSpans = this.waitingSpans.filter((span) => span.number !== number);
    this.update(this.#spanWords());
  }

  #spanWords() {
    const keptToMs = this.waitingSpans.length ? this.waitingSpans[0].startMs : this.lastEndMs;
    return { keptToMs, waitingMs: Math.max(0, this.lastEndMs - keptToMs) };
  }

  #tick(now = false) {
    const { phase, waiting } = this.state;
    const state = phase === "paused" || phase === "draining" ? phase : "recording";
    this.alive.say({ state, waiting_count: waiting }, { now });
    if (phase === "recording") this.update({ elapsedMs: this.recorder.elapsedMs, ...this.#spanWords() });
  }

  /** The page goes away: hand over what the recorder holds. The outbox stays the guarantee. */
  #leave() {
    this.leaving = KEEPALIVE_BYTES;
    if (this.recorder.media.state !== "inactive") this.recorder.media.requestData();
    this.stop("page-left");
  }

  #sendOnLeaving(number, blob) {
    if (blob.size > this.leaving) return;
    this.leaving -= blob.size;
    const headers = { "X-CSRFToken": csrfToken(), "Content-Type": "application/octet-stream" };
    fetch(`${this.run.path}/chunks/${number}`, { method: "PUT", body: blob, headers, keepalive: true }).catch(() => {});
  }
}

function base64(buffer) {
  return btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
}
