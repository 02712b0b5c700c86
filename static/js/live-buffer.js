/** A Media Source that live pieces are appended to: one after another, in any order of time, its memory bounded. */

const KEEP_BEHIND_S = 30;
const TRIM_FROM_S = 60;
const BRIDGED_S = 0.3; // neighbouring ranges with less between them are one

/** What this browser offers; Safari on phones has only the managed one. */
export const Source = globalThis.MediaSource ?? globalThis.ManagedMediaSource ?? null;

// Firefox takes VP8 in pieces, and then leaves out what lies between their ends and the next key frame.
const breaks = (type) => navigator.userAgent.includes("Firefox/") && type.startsWith("video/webm");

/** @param {string} type @returns {boolean} */
export const canPlay = (type) => Boolean(Source?.isTypeSupported(type)) && !breaks(type);

export class LiveBuffer {
  #media;
  #source = new Source();
  #buffer = null;
  #type = "";
  #init = "";
  #work = Promise.resolve();

  /** @param {HTMLMediaElement} media it plays what is appended */
  constructor(media) {
    this.#media = media;
    this.opened = new Promise((resolve) => this.#source.addEventListener("sourceopen", resolve, { once: true }));
    media.disableRemotePlayback = true; // what a managed source asks for
    this.address = URL.createObjectURL(this.#source);
    media.src = this.address;
  }

  /** @param {string} type for `addSourceBuffer` @param {string} name @returns {boolean} is another init segment due? */
  needsInit(type, name) {
    return this.#type !== type || this.#init !== name;
  }

  /** @param {string} type @param {string} name of the init segment @param {ArrayBuffer} bytes */
  appendInit(type, name, bytes) {
    return this.#inTurn(async () => {
      await this.opened;
      if (!this.#buffer) this.#buffer = this.#source.addSourceBuffer(type);
      else if (this.#type !== type) this.#buffer.changeType(type);
      await this.#append(bytes);
      this.#type = type;
      this.#init = name;
    });
  }

  /** @param {ArrayBuffer} bytes of a piece */
  append(bytes) {
    return this.#inTurn(async () => {
      await this.#trim();
      await this.#append(bytes);
    });
  }

  /** Forget everything that was appended, but not the init segment. */
  clear() {
    return this.#inTurn(async () => {
      if (!this.#buffer) return;
      this.#buffer.abort();
      await this.#remove(0, Infinity);
    });
  }

  /** Ranges in seconds that can be played, [[start, end]]; small breaks between frames are bridged. */
  get ranges() {
    const { buffered } = this.#media;
    const found = [];
    for (let at = 0; at < buffered.length; at++) {
      const last = found.at(-1);
      if (last && buffered.start(at) - last[1] < BRIDGED_S) last[1] = buffered.end(at);
      else found.push([buffered.start(at), buffered.end(at)]);
    }
    return found;
  }

  get end() {
    return this.ranges.at(-1)?.[1] ?? 0;
  }

  /** @param {number} seconds */
  holds(seconds) {
    return this.ranges.some(([start, end]) => start - BRIDGED_S <= seconds && seconds <= end);
  }

  /** Where to go on when nothing follows `seconds`: the next range behind a gap, null when there is none. */
  behindGap(seconds) {
    const inside = this.ranges.some(([start, end]) => start <= seconds && seconds < end - 0.05);
    return inside ? null : (this.ranges.find(([start]) => start > seconds)?.[0] ?? null);
  }

  close() {
    URL.revokeObjectURL(this.address);
  }

  /** Media Source does one thing at a time; so do we. */
  #inTurn(job) {
    const done = this.#work.then(job);
    this.#work = done.catch(() => {});
    return done;
  }

  async #append(bytes) {
    try {
      this.#buffer.appendBuffer(bytes);
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw error;
      await this.#remove(0, Math.max(this.#media.currentTime - 1, 0.1));
      this.#buffer.appendBuffer(bytes);
    }
    await this.#updated();
  }

  async #trim() {
    const first = this.ranges[0]?.[0];
    const now = this.#media.currentTime;
    if (first !== undefined && first < now - TRIM_FROM_S) await this.#remove(0, now - KEEP_BEHIND_S);
  }

  async #remove(start, end) {
    this.#buffer.remove(start, end);
    await this.#updated();
  }

  #updated() {
    const buffer = this.#buffer;
    return new Promise((resolve, reject) => {
      buffer.onupdateend = resolve;
      buffer.onerror = () => reject(new Error("the browser does not take these bytes"));
    });
  }
}
