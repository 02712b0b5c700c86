/** What happened while a recording ran that its bytes do not say: pauses, and devices that fell silent or went away.
 *  All of it is told again with every sign of life, so it survives the page. */

const MOST = 100; // the server takes no more
const LONGEST_MS = 7 * 24 * 3_600_000; // and nothing longer
const LABEL = 200;

export class RunEvents {
  #begun = new Map(); // what lasts still -> when it began
  #listening = new AbortController();

  /** @param {() => number} placeMs how long it has recorded, pauses left out */
  constructor(placeMs) {
    this.placeMs = placeMs;
    /** @type {{kind: string, at_ms: number, lasted_ms?: number, device?: string}[]} */
    this.list = [];
  }

  /** @param {string} kind @param {{lasted_ms?: number, device?: string}} [more] */
  note(kind, more = {}) {
    if (this.list.length >= MOST || this.#listening.signal.aborted) return;
    if (more.device) more = { ...more, device: more.device.slice(0, LABEL) };
    this.list = [...this.list, { kind, at_ms: whole(this.placeMs()), ...more }];
  }

  begin(kind, more) {
    this.#begun.set(kind, performance.now());
    this.note(kind, more);
  }

  /** It is over: `kind` says so, and how long it lasted. Nothing where it had not begun. */
  end(begun, kind, more) {
    if (!this.#begun.has(begun)) return;
    const lasted_ms = whole(performance.now() - this.#begun.get(begun));
    this.#begun.delete(begun);
    this.note(kind, { lasted_ms, ...more });
  }

  /** @param {"camera"|"microphone"} what @param {MediaStreamTrack|null|undefined} track */
  watch(what, track) {
    const { signal } = this.#listening;
    const device = track?.label ?? "";
    track?.addEventListener("mute", () => this.begin(`${what}-muted`, { device }), { signal });
    track?.addEventListener("unmute", () => this.end(`${what}-muted`, `${what}-back`, { device }), { signal });
  }

  /** The recording ends: what its devices do now belongs to no recording. */
  stop() {
    this.#listening.abort();
  }
}

function whole(ms) {
  return Math.round(Math.min(Math.max(ms, 0), LONGEST_MS));
}
