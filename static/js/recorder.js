/**
 * The recorder: MediaRecorder's byte stream as numbered chunks, in order, none larger than 256 KiB.
 * It keeps no array; every chunk goes to the sink once.
 */

const CUT_BYTES = 256 * 1024; // so that slow links get each piece through
const TIMESLICE_MS = 500;
const STOP_MS = 3000;
const AUDIO_BITS = 128_000;

/** H.264 first: cheapest to encode and copied to MP4 without encoding again; then VP9, VP8. */
const CANDIDATES = [
  { container: "video/x-matroska", video: "avc1.42E01E", audio: "opus" },
  { container: "video/webm", video: "vp9", audio: "opus" },
  { container: "video/webm", video: "vp8", audio: "opus" },
  // avc3 keeps the parameter sets in the stream; avc1 keeps those of the first size alone, and when the size changes
  // (another camera, a turned phone) the pictures after it are damaged without an error.
  { container: "video/mp4", video: "avc3.42E01E", audio: "mp4a.40.2" },
  { container: "video/mp4", video: "avc1.42E01E", audio: "mp4a.40.2" },
];

/** Whether pictures of another size come out right in what is recorded. @param {string} mimeType */
export function takesSizeChanges(mimeType) {
  return !/^video\/mp4\b.*\bavc1\b/.test(mimeType);
}

/**
 * The first type that the browser can record with just the tracks present. Naming a codec for a track that
 * is not there makes Firefox record nothing at all.
 * @param {boolean} hasAudio
 * @param {(type: string) => boolean} isSupported
 * @returns {string} "" to let the browser choose
 */
export function chooseType(hasAudio, isSupported = (type) => MediaRecorder.isTypeSupported(type)) {
  const typeOf = ({ container, video, audio }) => `${container};codecs=${hasAudio ? `${video},${audio}` : video}`;
  return CANDIDATES.map(typeOf).find(isSupported) ?? "";
}

/** @param {number} size @returns {[number, number][]} [start, end) of the pieces of a blob; an empty blob has none */
export function cuts(size) {
  const pieces = [];
  for (let start = 0; start < size; start += CUT_BYTES) pieces.push([start, Math.min(size, start + CUT_BYTES)]);
  return pieces;
}

export class Recorder {
  /**
   * @param {MediaStream} stream
   * @param {{bitsPerSecond: number}} settings
   * @param {{onChunk: (number: number, blob: Blob, elapsedMs: number) => void, onEnded: () => void,
   *   isWanted: () => Promise<boolean>}} sink
   *   elapsedMs: how long it had recorded when this chunk was handed over; isWanted: asked before each is taken, false
   *   for one and none is taken any more
   */
  constructor(stream, { bitsPerSecond }, { onChunk, onEnded, isWanted }) {
    const mimeType = chooseType(stream.getAudioTracks().length > 0);
    this.media = new MediaRecorder(stream, {
      ...(mimeType && { mimeType }),
      videoBitsPerSecond: bitsPerSecond,
      audioBitsPerSecond: AUDIO_BITS,
      videoKeyFrameIntervalDuration: 1000,
    });
    this.number = 0;
    this.recordedMs = 0;
    this.since = null;
    this.ended = new Promise((resolve) => {
      this.media.onstop = () => {
        this.#stopClock();
        resolve();
        onEnded();
      };
    });
    this.taking = Promise.resolve(true); // that the last one was wanted
    this.media.ondataavailable = ({ data }) => {
      const { elapsedMs } = this;
      this.taking = this.taking.then(async (wanted) => {
        if (!wanted || !(await isWanted())) return false;
        for (const [start, end] of cuts(data.size)) {
          onChunk(this.number++, start === 0 && end === data.size ? data : data.slice(start, end), elapsedMs);
        }
        return true;
      });
    };
  }

  /** @returns {string} what it really records; some browsers answer with another type than the one asked for */
  get mimeType() {
    return this.media.mimeType;
  }

  get timesliceMs() {
    return TIMESLICE_MS;
  }

  get elapsedMs() {
    return this.recordedMs + (this.since === null ? 0 : performance.now() - this.since);
  }

  start() {
    this.media.start(TIMESLICE_MS);
    this.since = performance.now();
  }

  pause() {
    if (this.media.state !== "recording") return;
    this.media.requestData(); // a pause may be long: what came before it must not wait for its end
    this.media.pause();
    this.#stopClock();
  }

  resume() {
    if (this.media.state !== "paused") return;
    this.media.resume();
    this.since = performance.now();
  }

  /** Hand over what was recorded since the last chunk. */
  flush() {
    if (this.media.state !== "inactive") this.media.requestData();
  }

  /** The last chunk has been handed over when this resolves, or the browser never says so. Safe twice. */
  async stop() {
    if (this.media.state !== "inactive") this.media.stop();
    await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
    await this.taking;
  }

  #stopClock() {
    this.recordedMs = this.elapsedMs;
    this.since = null;
  }
}
