/** /capture/: the Studio that takes frames. */

import { startCapture } from "../capture-run.js";
import { bytesPerHour, measureFrame } from "../estimate.js";
import { bestWay } from "../frame-sampler.js";
import { clock, dotted, pace } from "../format.js";
import { byId, fillSelect, onKeys, say } from "../ui.js";
import { droppedAt, errorWords, formatName, frames, grouped, wayWords } from "../words.js";
import { Countdown } from "./countdown.js";
import { wirePace } from "./pace-field.js";
import { Studio } from "./studio-common.js";
import * as view from "./studio-view.js";

const QUALITIES = [60, 75, 85, 92, 100];
const FORMATS = [
  { value: "image/jpeg", label: "JPEG" },
  { value: "image/webp", label: "WebP" },
  { value: "image/png", label: "PNG" },
];
const COUNTDOWNS = [0, 3, 5, 10, 30, 60];
const BURSTS = [3, 5, 10, 20, 30, 60];
const SLOW_SECONDS = 5;

const countdown = new Countdown();

const mode = {
  withSound: false,
  doing: "Capturing",
  run: "capture session",
  thing: "frame",

  start: (studio) => {
    const { fps, format, quality } = studio.settings;
    return startCapture({
      opened: studio.camera.opened, videoElement: view.preview, account: studio.facts.account,
      fps, format, quality: quality / 100, values: studio.values,
    });
  },
  isOver: (state) => state.phase === "closed",
  isStopping: (state) => state.phase === "draining",
  isPaused: () => false,
  isSlow: (state) => state.waiting > Math.max(SLOW_SECONDS * state.requestedFps, 10),
  amountHere: (state) => (state.waiting === 1 ? "1 frame" : frames(state.waiting)),
  rows: () => [{ id: "way", state: "good", title: "Frames", text: `${wayWords(bestWay(view.preview))}.` }],

  /** Whether to begin now: after the countdown, unless it was called off. */
  async before({ settings }) {
    if (countdown.isRunning) countdown.cancel();
    else if (!settings.countdown) return true;
    else return countdown.run(settings.countdown);
    return false;
  },
  callOff: () => countdown.cancel(),

  async bytesPerHour({ camera, settings }) {
    const { width, height } = camera.opened;
    const { format, quality, fps } = settings;
    return bytesPerHour(await measureFrame(view.preview, { width, height, format, quality: quality / 100 }), fps);
  },

  showRun(state, studio) {
    const { opened } = studio.camera;
    const { format, quality } = studio.settings;
    const lens = state.phase === "draining" ? "open" : "live";
    const size = `${opened.width} × ${opened.height}`;
    const elapsed = clock(Date.now() - state.startedAt);
    if (lens === "live") {
      studio.elapsed = elapsed;
      view.showTitle(`${elapsed} Capturing`);
    } else {
      view.showTitle(`${grouped(state.waiting)} waiting`);
    }
    view.showTags({
      live: lens === "live" ? "Capturing" : null,
      plain: lens === "live" ? null : "Stopped",
      facts: view.isNarrow() ? size : dotted(plainLabel(opened.label), size, formatName(format, quality)),
      offline: Boolean(state.offlineSince),
    });
    showPlaces(state, lens);
    showDeck(state, studio.elapsed, studio.settings.name);
  },

  ended(state, studio) {
    view.showLastPicture(state.lastPicture);
    view.showTags({ plain: state.setAside ? "The last frame" : "The last frame, as it is kept" });
    showPlaces(state, "closed");
    showDeck(state, studio.elapsed, studio.settings.name);
    view.showOpen(state.url);
    byId("open-button").focus({ preventScroll: true });
  },

  fillFields(studio) {
    const { settings } = studio;
    fillSelect(byId("format"), FORMATS, settings.format);
    wirePace(settings.fps, (fps) => studio.change({ fps }));
    const numbers = (id, usual, label) => {
      const values = [...new Set([...usual, settings[id]])].sort((a, b) => a - b);
      const options = values.map((value) => ({ value: String(value), label: label(value) }));
      fillSelect(byId(id), options, String(settings[id]));
      studio.onField(id, (value) => studio.change({ [id]: Number(value) }));
    };
    numbers("quality", QUALITIES, (value) => `${value} %`);
    numbers("countdown", COUNTDOWNS, (value) => (value ? `${value} s` : "None"));
    numbers("burst", BURSTS, frames);
    const showQuality = () => (byId("quality").disabled = settings.format === "image/png");
    showQuality();
    studio.onField("format", (format) => {
      studio.change({ format });
      showQuality();
    });
  },
};

function showPlaces(state, lens) {
  const { ticks, kept, waiting, dropped } = state;
  const count = view.isNarrow() ? grouped : frames;
  view.showPlaces({ lens, ticks: [...ticks], kept, waiting, dropped }, {
    server: kept ? `${count(kept)} kept` : "Nothing yet",
    serverBytes: state.keptBytes,
    here: waiting ? count(waiting) : view.isNarrow() ? "Nothing" : "Nothing waits",
    hereBytes: state.waitingBytes,
    amber: Boolean(state.offlineSince) || mode.isSlow(state),
  });
}

function showDeck(state, elapsed, name) {
  const { achievedFps, requestedFps, captured, dropped, drops } = state;
  const narrow = view.isNarrow();
  const numbers = `${grouped(captured)} captured · ${dropped ? grouped(dropped) : "none"} dropped`;
  const { number, unit } = pace(requestedFps);
  const asked = `asked for ${unit === "apart" ? `${number} apart` : requestedFps}`;
  const how = dotted(wayWords(state.way), errorWords(state.errorMs));
  view.showDeck({
    ...(nextFrame(state) ?? (achievedFps === null ? { number: "–", unit } : pace(achievedFps))),
    left: narrow ? asked : dotted(asked, name || (state.nextAtMs ? "" : "over the last minute")),
    fact: narrow ? elapsed : `${elapsed} · ${numbers}`,
    right: narrow ? numbers : droppedAt(drops) || how,
  });
}

/** "0:42 to the next frame", where one waits for it; null elsewhere. */
function nextFrame({ nextAtMs, phase }) {
  const left = nextAtMs - Date.now();
  return phase === "running" && left > 0 ? { number: clock(left), unit: "to the next frame" } : null;
}

/** "Arducam 12 MP (2bdf:0284)" -> "Arducam 12 MP": the numbers are for drivers. */
function plainLabel(label) {
  return label.replace(/ \([0-9a-f]{4}:[0-9a-f]{4}\)$/, "");
}

const studio = new Studio(mode);

function takeNow(count) {
  if (studio.phase !== "running") return;
  studio.run.takeNow(count);
  say(count === 1 ? "Snapshot taken." : `Burst of ${count} frames.`);
}

const snapshot = () => takeNow(1);
const burst = () => takeNow(studio.settings.burst);
const showKeys = () => byId("keys-dialog").showModal();
byId("snapshot-button").addEventListener("click", snapshot);
byId("burst-button").addEventListener("click", burst);
byId("keys-button").addEventListener("click", showKeys);
studio.begin();
onKeys({ s: snapshot, b: burst, "?": showKeys });
