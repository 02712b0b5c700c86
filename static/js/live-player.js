/** Watching a recording while it runs: asks for live pieces, appends them, stays near the lens, seeks anywhere.
 *
 *  It plays into a media element that a page gives it and reports; it touches no document.
 */

import { api } from "./api.js";
import { NoAnswer } from "./errors.js";
import { canPlay, LiveBuffer, Source } from "./live-buffer.js";
import { delayAfter, pause } from "./retry.js";

const ASK_AGAIN_MS = 350;
const LOOK_MS = 250;
const JOIN_S = 1; // so far before the end of what is there playing begins
const RELAXED_S = 1; // pieces come twice a second: less ahead than this is not caught up with
const HURRY_S = 1.8;
const JUMP_S = 8;
const HURRIED_RATE = 1.1;
const LIVE_WITHIN_S = 5;
const ENOUGH_AHEAD_S = 30;

/** @typedef {{phase: "waiting"|"playing"|"unsupported", edge: number, behind: number, atEdge: boolean}} Report
 *  `edge`: seconds recorded so far; `behind`: seconds between the picture and the lens */

export class LivePlayer {
  #media;
  #address;
  #sink;
  #buffer = null;
  #feed = null;
  #clock = 0;
  #phase = "waiting";
  #wantsLive = true;
  #seekTarget = null;
  #known = null; // {edge, lag, at, runs}: what the last answer told

  /**
   * @param {HTMLMediaElement} media
   * @param {string} address of the recording's /live
   * @param {{onReport: (report: Report) => void, onVideo: (url: string) => void}} sink
   */
  constructor(media, address, sink) {
    this.#media = media;
    this.#address = address;
    this.#sink = sink;
  }

  /** @param {number|null} at seconds to begin at; null: at the lens */
  start(at = null) {
    if (!Source) {
      this.#phase = "unsupported";
      this.#report();
      return;
    }
    this.#buffer = new LiveBuffer(this.#media);
    this.#media.addEventListener("seeking", this.#sought);
    this.#media.addEventListener("loadeddata", this.#report); // the first picture is shown at once
    this.#clock = setInterval(() => this.#look(), LOOK_MS);
    this.#wantsLive = at === null;
    this.#begin(at);
  }

  /** Safe twice. */
  stop() {
    clearInterval(this.#clock);
    this.#feed?.abort();
    this.#media.removeEventListener("seeking", this.#sought);
    this.#media.removeEventListener("loadeddata", this.#report);
    this.#buffer?.close();
  }

  goLive() {
    this.#wantsLive = true;
    if (this.#edge - this.#buffer.end < LIVE_WITHIN_S) this.#jump(this.#buffer.end - JOIN_S);
    else this.#begin(null);
    this.#play();
  }

  get #edge() {
    const { edge = 0, at = 0, runs = false } = this.#known ?? {};
    return Math.max(edge + (runs ? (performance.now() - at) / 1000 : 0), this.#buffer?.end ?? 0);
  }

  get #lens() {
    const { edge = 0, at = 0, lag = 0, runs = false } = this.#known ?? {};
    return runs ? edge + lag + (performance.now() - at) / 1000 : edge;
  }

  // Feeding ---------------------------------------------------------------------------------

  #begin(at) {
    this.#feed?.abort();
    this.#feed = new AbortController();
    this.#fill(at, this.#feed.signal).catch((error) => {
      if (error.name === "AbortError") return;
      this.#phase = "unsupported"; // by this browser, whatever it had said; or by the server, in any
      this.#report();
    });
  }

  async #fill(at, signal) {
    await this.#buffer.clear();
    let query = at === null ? "" : `?at_ms=${Math.round(at * 1000)}`;
    let failures = 0;
    let placed = false;
    while (!signal.aborted) {
      const answer = await this.#ask(query, signal).catch((error) => (signal.aborted ? null : { error }));
      if (signal.aborted) return;
      failures = answer.error ? failures + 1 : 0;
      if (answer.video_url) return this.#finish(answer.video_url);
      if (answer.can_watch === false) throw new Error("nothing to see before its end");
      this.#note(answer);
      if (answer.pieces?.length && (await this.#take(answer, signal))) {
        query = `?after=${answer.pieces.at(-1).number}`;
        placed ||= this.#place(at);
      }
      await pause(failures ? delayAfter(failures, answer.error) : ASK_AGAIN_MS, signal);
      await this.#untilWanted(signal);
    }
  }

  #ask(query, signal) {
    return api("GET", `${this.#address}${query}`, { signal });
  }

  /** Append the pieces of an answer; false: they did not arrive, ask again. */
  async #take(answer, signal) {
    if (!canPlay(answer.content_type)) throw new Error(answer.content_type);
    try {
      await this.#appendAll(answer.content_type, answer.pieces, signal);
    } catch (error) {
      if (error instanceof NoAnswer || signal.aborted) return false;
      throw error;
    }
    return !signal.aborted;
  }

  async #appendAll(type, pieces, signal) {
    // What is wanted first is asked for first: a browser sends few requests at a time.
    const isNew = this.#buffer.needsInit(type, pieces[0].init);
    const firstInit = isNew ? fetchBytes(pieces[0].init_url, signal) : null;
    const bytes = pieces.map((piece) => fetchBytes(piece.url, signal));
    for (const wait of [firstInit, ...bytes]) wait?.catch(() => {}); // awaited below; the first that fails is told
    for (const [place, piece] of pieces.entries()) {
      if (this.#buffer.needsInit(type, piece.init)) {
        const init = await (place === 0 ? firstInit : fetchBytes(piece.init_url, signal));
        if (init && !signal.aborted) await this.#buffer.appendInit(type, piece.init, init);
      }
      const data = await bytes[place];
      if (signal.aborted) return;
      if (data) await this.#buffer.append(data);
    }
  }

  /** What is far ahead of the picture need not be fetched now. */
  async #untilWanted(signal) {
    while (!signal.aborted && this.#buffer.end - this.#media.currentTime > ENOUGH_AHEAD_S) {
      await pause(ASK_AGAIN_MS, signal);
    }
  }

  #note(answer) {
    if (answer.error) return;
    const runs = !answer.is_over && answer.page_state === "recording";
    if (answer.edge_ms === null) this.#known &&= { ...this.#known, runs };
    else this.#known = { edge: answer.edge_ms / 1000, lag: answer.lag_ms / 1000, at: performance.now(), runs };
  }

  /** Put the picture where it was asked for, once something is there. */
  #place(at) {
    const ranges = this.#buffer.ranges;
    if (!ranges.length) return false;
    const wanted = at ?? this.#buffer.end - JOIN_S;
    const start = ranges.find(([, end]) => end > wanted)?.[0] ?? ranges.at(-1)[0];
    this.#jump(Math.max(wanted, start));
    if (this.#phase === "waiting") this.#play();
    this.#phase = "playing";
    return true;
  }

  /** Browsers play by themselves only without sound; a person turns it on. */
  async #play() {
    try {
      await this.#media.play();
    } catch (error) {
      if (error.name !== "NotAllowedError") return;
      this.#media.muted = true;
      this.#media.play().catch(() => {});
    }
  }

  #finish(url) {
    this.stop();
    this.#sink.onVideo(url);
  }

  // Playing ---------------------------------------------------------------------------------

  #jump(seconds) {
    this.#seekTarget = seconds;
    this.#media.currentTime = Math.max(seconds, 0);
  }

  /** Somebody moved the picture: what is not there is fetched. */
  #sought = () => {
    const now = this.#media.currentTime;
    const ours = this.#seekTarget !== null && Math.abs(now - this.#seekTarget) < 0.01;
    this.#seekTarget = null;
    if (ours) return;
    this.#wantsLive = this.#edge - now < LIVE_WITHIN_S;
    if (!this.#buffer.holds(now)) this.#begin(this.#wantsLive ? null : now);
    this.#report();
  };

  #look() {
    this.#overGaps();
    this.#stayNear();
    this.#report();
  }

  #overGaps() {
    if (this.#media.paused || this.#media.seeking || this.#phase !== "playing") return;
    const next = this.#buffer.behindGap(this.#media.currentTime);
    if (next !== null) this.#jump(next + 0.01);
  }

  /** At the lens: a little faster when the picture has fallen behind, a jump when it is far. */
  #stayNear() {
    if (!this.#wantsLive || this.#phase !== "playing" || this.#media.paused) {
      if (this.#media.playbackRate === HURRIED_RATE) this.#media.playbackRate = 1;
      return;
    }
    const ahead = this.#buffer.end - this.#media.currentTime;
    if (ahead > JUMP_S) this.#jump(this.#buffer.end - JOIN_S);
    else if (ahead > HURRY_S) this.#media.playbackRate = HURRIED_RATE;
    else if (ahead < RELAXED_S) this.#media.playbackRate = 1;
  }

  #report = () => {
    const now = this.#media.currentTime;
    const behind = Math.max(this.#lens - now, 0);
    this.#sink.onReport({
      phase: this.#phase,
      edge: this.#edge,
      behind,
      atEdge: this.#edge - now < LIVE_WITHIN_S && !this.#media.paused,
    });
  };
}

/** @returns {Promise<ArrayBuffer|null>} null: it is not there any more */
async function fetchBytes(url, signal) {
  try {
    const answer = await fetch(url, { signal });
    if (answer.status === 404) return null;
    if (answer.ok) return await answer.arrayBuffer();
  } catch (error) {
    throw new NoAnswer(error);
  }
  throw new NoAnswer();
}
