/** A recording that runs, on its own page: the picture near the lens, a line to seek on, and the way to the video.
 *
 *  The server says where, with data-live="/api/…/live" on the place of the picture. When the video is there, the page
 *  puts it in that place, at the moment that was seen.
 */

import { clock } from "../format.js";
import { LivePlayer } from "../live-player.js";
import { element, icon, say, setShown, setText } from "../ui.js";
import { refresh } from "./parts.js";

const RATES = [1, 1.5, 2, 0.5];
const NEAR_S = 1.5; // of the lens: not worth a number
const STILL_MS = 4000; // the server makes another picture no more often
const CANNOT_BE_SEEN = "This browser cannot play it while it is recorded: a picture every few seconds. "
  + "The video appears here after its end.";
const CANNOT_BE_HEARD = "This browser cannot play it while it is recorded. The sound appears here after its end.";

let view = null;

/** Begin with what is on the page now; call it again when parts of it were replaced. */
export function watchLive() {
  if (view?.root.isConnected) return;
  view?.stop();
  const place = document.querySelector("[data-live]");
  view = place && new LiveView(place);
}

class LiveView {
  #media;
  #player;
  #parts;
  #dragging = false;
  #isSound;

  constructor(place) {
    this.#isSound = place.hasAttribute("data-sound");
    this.#media = element(this.#isSound ? "audio" : "video", { id: "player", playsinline: !this.#isSound });
    this.#parts = build(this.#media, this.#isSound);
    this.root = this.#parts.root;
    this.root.dataset.busy = ""; // the page's refreshes leave this place alone
    this.words = place;
    place.after(this.root);
    this.#listen();
    this.#player = new LivePlayer(this.#media, place.dataset.live, {
      onReport: (report) => this.#show(report),
      onVideo: () => this.#goOn(),
    });
    const asked = Number(new URLSearchParams(location.search).get("t"));
    this.#player.start(asked > 0 ? asked : null);
  }

  stop() {
    this.#player.stop();
  }

  #listen() {
    const { play, line, live, sound, rate, full, root } = this.#parts;
    const media = this.#media;
    play.addEventListener("click", () => (media.paused ? media.play() : media.pause()));
    media.addEventListener("click", () => (media.paused ? media.play() : media.pause()));
    for (const name of ["play", "pause"]) {
      media.addEventListener(name, () => face(play, media.paused ? "play" : "pause"));
    }
    media.addEventListener("volumechange", () => face(sound, media.muted ? "mute" : "sound"));
    sound.addEventListener("click", () => { media.muted = !media.muted; });
    line.addEventListener("input", () => { this.#dragging = true; drawLine(line); });
    line.addEventListener("change", () => {
      this.#dragging = false;
      media.currentTime = Number(line.value);
    });
    live.addEventListener("click", () => this.#player.goLive());
    rate.addEventListener("click", () => {
      media.playbackRate = RATES[(RATES.indexOf(media.playbackRate) + 1) % RATES.length];
      setText(rate, `${media.playbackRate}×`);
    });
    full.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen();
    });
    setShown(full, Boolean(root.requestFullscreen));
  }

  #show({ phase, edge, behind, atEdge }) {
    const { root, behindTag, line, time, live, toEdge } = this.#parts;
    const shown = phase === "playing" && this.#media.readyState > 1;
    if (phase === "unsupported") this.#giveUp();
    if (!shown && root.hidden) return;
    setShown(root, true);
    setShown(this.words, false);
    root.toggleAttribute("data-at-edge", atEdge);
    setShown(behindTag, behind >= NEAR_S);
    setText(behindTag, `${inWords(behind)} behind the lens`);
    setText(time, clock(this.#media.currentTime * 1000));
    setText(toEdge, atEdge ? "At the live edge" : "Go to the live edge");
    live.setAttribute("aria-pressed", String(atEdge));
    if (this.#dragging) return;
    // At the edge the line ends with what is seen; from further back one sees how much there is.
    line.max = (atEdge ? this.#media.currentTime : Math.max(edge, this.#media.currentTime)).toFixed(1);
    line.value = this.#media.currentTime;
    drawLine(line);
  }

  /** It cannot be shown here: words say so, and a picture every few seconds says how it goes on. */
  #giveUp() {
    this.#player.stop();
    this.root.hidden = true;
    delete this.root.dataset.busy;
    setShown(this.words, true);
    setText(this.words.querySelector("p"), this.#isSound ? CANNOT_BE_HEARD : CANNOT_BE_SEEN);
    if (!this.#isSound) showStills(this.words, this.words.dataset.live.replace(/live$/, "poster"));
  }

  /** The video is there: the same page, the same moment. */
  async #goOn() {
    const { currentTime, paused, muted, volume } = this.#media;
    this.#media.pause();
    delete this.root.dataset.busy;
    await refresh().catch(() => location.reload());
    const player = document.getElementById("player");
    if (!player || player === this.#media) return;
    Object.assign(player, { muted, volume });
    if (this.root.hidden) return; // nothing had been seen yet
    const go = () => {
      player.currentTime = Math.min(currentTime, player.duration || currentTime);
      if (!paused) player.play().catch(() => {});
      say("The recording has ended. This is its video.");
    };
    if (player.readyState > 0) go();
    else player.addEventListener("loadedmetadata", go, { once: true });
  }
}

/** The latest picture, as long as the place is on the page. */
function showStills(place, address) {
  const next = element("img", { class: "live-still", alt: "The latest picture" });
  next.addEventListener("load", () => {
    place.querySelector(".live-still")?.remove();
    place.prepend(next);
  });
  next.src = `${address}?at=${Date.now()}`;
  setTimeout(() => place.isConnected && showStills(place, address), STILL_MS);
}

function build(media, isSound) {
  const play = control("play", "Play or pause");
  const sound = control("sound", "Sound on or off");
  const full = control("expand", "Full screen");
  const rate = button("live-control", "1×");
  rate.title = rate.ariaLabel = "Speed";
  const toEdge = element("span", { class: "live-edge-long" });
  const live = button("live-edge", toEdge, element("span", { class: "live-edge-short" }, "Live"));
  const behindTag = element("span", { class: "tag tag-dark live-behind" });
  const tags = element("div", { class: "live-tags" }, element("span", { class: "tag tag-live" }, "Live"), behindTag);
  const range = { type: "range", min: 0, max: 1, step: 0.1, value: 0 };
  const line = element("input", { ...range, class: "live-line", "aria-label": "Place" });
  const time = element("span", { class: "live-time" }, "0:00");
  const growing = element("span", { class: "live-growing" }, "and growing");
  const space = element("span", { class: "live-space" });
  const bar = element("div", { class: "live-bar" }, play, time, growing, sound, space, live, rate, full);
  const root = element("div", { class: isSound ? "live live-of-sound" : "live", hidden: true }, tags, media, line, bar);
  return { root, play, sound, full, rate, live, toEdge, behindTag, line, time };
}

function button(className, ...content) {
  return element("button", { type: "button", class: className }, ...content);
}

function control(name, words) {
  return element("button", { type: "button", class: "live-control", title: words, "aria-label": words }, icon(name));
}

function face(button, name) {
  button.replaceChildren(icon(name));
}

function drawLine(line) {
  const share = Number(line.max) ? (100 * Number(line.value)) / Number(line.max) : 0;
  line.style.setProperty("--played", `${share.toFixed(2)}%`);
  line.setAttribute("aria-valuetext", `${clock(line.value * 1000)} of ${clock(line.max * 1000)}`);
}

function inWords(seconds) {
  return seconds < 60 ? `${Math.round(seconds)} s` : clock(seconds * 1000);
}
