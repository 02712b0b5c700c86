/** /capture/: the Studio that takes frames. */

import { startCapture } from "../capture-run.js";
import { bytesPerHour, measureFrame } from "../estimate.js";
import { clock, dotted, rate } from "../format.js";
import { between, FPS_MAX, FPS_MIN } from "../settings.js";
import { byId, fillSelect, onKeys, say, setShown } from "../ui.js";
import { droppedAt, formatName, frames, grouped } from "../words.js";
import { Studio } from "./studio-common.js";
import * as view from "./studio-view.js";

const RATES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 24, 30];
const QUALITIES = [60, 75, 85, 92, 100];
const FORMATS = [
  { value: "image/jpeg", label: "JPEG" },
  { value: "image/webp", label: "WebP" },
  { value: "image/png", label: "PNG" },
];
const SLOW_SECONDS = 5;

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
  rows: () => [],

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
    const qualities = [...new Set([...QUALITIES, settings.quality])].sort((a, b) => a - b);
    const named = qualities.map((value) => ({ value: String(value), label: `${value} %` }));
    fillSelect(byId("quality"), named, String(settings.quality));
    byId("fps").value = settings.fps;
    const showQuality = () => (byId("quality").disabled = settings.format === "image/png");
    showQuality();
    studio.onField("format", (format) => {
      studio.change({ format });
      showQuality();
    });
    studio.onField("quality", (quality) => studio.change({ quality: Number(quality) }));
    byId("fps").addEventListener("input", () => takeRate(studio));
    byId("fps-less").addEventListener("click", () => stepRate(studio, -1));
    byId("fps-more").addEventListener("click", () => stepRate(studio, 1));
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
  const asked = `asked for ${requestedFps}`;
  view.showDeck({
    number: achievedFps === null ? "–" : rate(achievedFps),
    unit: "per second",
    left: narrow ? asked : dotted(asked, name || "over the last minute"),
    fact: narrow ? elapsed : `${elapsed} · ${numbers}`,
    right: narrow ? numbers : droppedAt(drops),
  });
}

/** "Arducam 12 MP (2bdf:0284)" -> "Arducam 12 MP": the numbers are for drivers. */
function plainLabel(label) {
  return label.replace(/ \([0-9a-f]{4}:[0-9a-f]{4}\)$/, "");
}

/** A rate that is no rate is said so and not taken. */
function takeRate(studio) {
  const fps = between(byId("fps").value, FPS_MIN, FPS_MAX);
  setShown(byId("fps-error"), fps === undefined);
  byId("fps").setAttribute("aria-invalid", String(fps === undefined));
  if (fps !== undefined) studio.change({ fps });
}

function stepRate(studio, direction) {
  const now = studio.settings.fps;
  const next = direction > 0 ? RATES.find((each) => each > now) : RATES.findLast((each) => each < now);
  byId("fps").value = next ?? now;
  takeRate(studio);
}

const studio = new Studio(mode);

function snapshot() {
  if (studio.phase !== "running") return;
  studio.run.snapshot();
  say("Snapshot taken.");
}
byId("snapshot-button").addEventListener("click", snapshot);
onKeys({ s: snapshot });
studio.begin();
