/**
 * The server's clock, as NTP finds it: several questions, of which the one with the least delay counts. Its answer
 * cannot be wrong by more than half of that delay, and by what two clocks drift apart since.
 *
 * Our side of it is the steady clock, which nobody sets. A device that slept may stop it, and the server's clock can be
 * set: both show as a measurement that contradicts those before, which then count no more.
 */

import { api } from "./api.js";
import { steadyNow } from "./steady-time.js";

const QUESTIONS = 8;
const EVERY_MS = 30_000;
const DRIFT = 1e-4; // of the time since: two quartzes drift by half of that, a clock that is being slewed by more
const KEPT = 16; // measurements
const MOVED_MS = 50; // the device's clock against the steady one: it was set, or the device slept

const askServer = () => api("GET", "/time");

export class ServerClock {
  #kept = []; // {offset, half, roundTrip, at}, of the same steps of both clocks
  #measuring = null;
  #apart = 0; // device's clock - steady clock, when it was measured
  #timer = null;

  /** How often a clock was found to have been set, or to have stood still. */
  steps = 0;
  measured = 0;

  /** @param {{ask?: () => Promise<{received_at_ms: number, sent_at_ms: number}>, now?: () => number,
   *    wall?: () => number}} [means] */
  constructor({ ask = askServer, now = steadyNow, wall = Date.now } = {}) {
    this.ask = ask;
    this.now = now;
    this.wall = wall;
  }

  /** Measure now and every half minute until `stop`. Resolves after the first time, whatever came of it. */
  start() {
    this.#timer ??= setInterval(() => this.measure(), EVERY_MS);
    return this.measure();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** One at a time. Never rejects: without an answer, what was known gets older. */
  measure() {
    this.#measuring ??= this.#measure().finally(() => (this.#measuring = null));
    return this.#measuring;
  }

  /** @param {number} at epoch ms by the steady clock @returns {number} by the server's; the same while unknown */
  serverTime(at) {
    const best = this.#best(at);
    if (best && this.#moved() > MOVED_MS) this.measure();
    return best ? at + best.offset : at;
  }

  /** How wrong that may be. @returns {number} ms; Infinity while it was never measured */
  error(at) {
    const best = this.#best(at);
    if (!best) return Infinity;
    const moved = this.#moved();
    return errorOf(best, at) + (moved > MOVED_MS ? moved : 0);
  }

  /** For the server's row; null while it was never measured. */
  get facts() {
    const now = this.now();
    const best = this.#best(now);
    if (!best) return null;
    return {
      offset_ms: tenths(best.offset), error_ms: tenths(errorOf(best, now)), round_trip_ms: tenths(best.roundTrip),
      measured_count: this.measured, step_count: this.steps,
    };
  }

  async #measure() {
    let found = null;
    try {
      for (let i = 0; i < QUESTIONS; i += 1) {
        const one = await this.#question();
        if (one.half >= 0 && !(found?.half <= one.half)) found = one; // below 0: a clock was set meanwhile
      }
    } catch {
      // what was answered before counts
    }
    if (found) this.#note(found);
  }

  async #question() {
    const sent = this.now();
    const { received_at_ms: received, sent_at_ms: answered } = await this.ask();
    const back = this.now();
    const roundTrip = back - sent - (answered - received);
    return { offset: (received - sent + answered - back) / 2, half: roundTrip / 2, roundTrip, at: back };
  }

  #note(found) {
    const known = this.#best(found.at);
    const isStep = known && Math.abs(found.offset - known.offset) > found.half + errorOf(known, found.at);
    if (isStep) this.steps += 1;
    this.#kept = isStep ? [found] : [...this.#kept.slice(1 - KEPT), found];
    this.#apart = this.wall() - this.now();
    this.measured += 1;
  }

  #best(at) {
    return this.#kept.reduce((best, one) => (best && errorOf(best, at) <= errorOf(one, at) ? best : one), null);
  }

  #moved() {
    return Math.abs(this.wall() - this.now() - this.#apart);
  }
}

const errorOf = ({ half, at: measuredAt }, at) => half + DRIFT * Math.max(0, at - measuredAt);
const tenths = (ms) => Math.round(ms * 10) / 10;
