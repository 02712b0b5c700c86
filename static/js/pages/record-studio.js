/** /record/: the Studio that records video with sound. */

import { clock, dotted, timeOfDay } from "../format.js";
import { startLevelMeter } from "../level-meter.js";
import { startRecording } from "../record-run.js";
import { byId, fillSelect, onKeys, say, setShown, setText } from "../ui.js";
import { roomMore, waitingTime } from "../words.js";
import { Comeback } from "./comeback.js";
import { nothingHere, showChecks } from "./studio-before.js";
import { Studio } from "./studio-common.js";
import { DevicesPanel } from "./studio-devices.js";
import * as view from "./studio-view.js";

const BITRATES = [1_000_000, 2_500_000, 5_000_000, 8_000_000, 16_000_000];
const AMBER_FROM_MS = 5_000;
const SILENT_DB = -55;
const CLIPPING_DB = -0.5;
const LISTEN_MS = 3_000; // a microphone that is silent that long is worth a remark
const METER_ROW_MS = 1_000;

const comeback = new Comeback();
const ear = { stop: null, peakDb: null, since: null, clippedAt: 0, shownAt: 0 }; // since: null before it has listened

const mode = {
  withSound: true,
  doing: "Recording",
  run: "recording",
  thing: "chunk",

  async start(studio) {
    const run = await startRecording({
      opened: studio.camera.opened, account: studio.facts.account,
      bitsPerSecond: studio.settings.bitrate, values: { ...studio.values, ...comeback.values },
    });
    comeback.end();
    view.showBetween(false);
    tellShape(run);
    return run;
  },
  goesOn: () => comeback.goesOn,
  isOver: (state) => state.phase === "sealed" || (state.phase === "draining" && Boolean(state.partEnd)),
  keepsCamera: (state) => state.partEnd?.reason === "turned",
  isStopping: (state) => state.phase === "draining",
  isPaused: (state) => state.phase === "paused",
  isSlow: (state) => state.waitingMs >= AMBER_FROM_MS,
  amountHere: (state) => waitingTime(state.waitingMs),
  rows: (studio) => [microphoneRow(studio)],
  bytesPerHour: async ({ settings }) => (settings.bitrate / 8) * 3600,

  cameraOpened(studio) {
    ear.stop?.();
    Object.assign(ear, { stop: null, peakDb: null, since: null });
    const { stream, audio } = studio.camera.opened;
    setShown(byId("meter-row"), Boolean(audio));
    view.showLevel(null);
    if (audio) ear.stop = startLevelMeter(stream, ({ peakDb }) => listen(peakDb, studio));
  },

  showRun(state, studio) {
    const lens = { recording: "live", paused: "open", draining: "open" }[state.phase];
    const { label, width, height, fps } = studio.camera.opened;
    const words = { recording: "Recording", paused: "Paused", draining: "Stopped" }[state.phase];
    view.showTitle(`${clock(state.elapsedMs)} ${words}`);
    view.showTags({
      live: lens === "live" ? words : null,
      plain: lens === "live" ? null : words,
      facts: view.isNarrow() ? label : dotted(label, `${width} × ${height}`, fps && `${Math.round(fps)} per second`),
      offline: Boolean(state.offlineSince),
    });
    const { keptToMs: keptMs, waitingMs, waiting } = state;
    view.showPlaces({ lens, keptMs, waitingMs, waiting }, {
      server: keptMs > 0 ? `Kept to ${clock(keptMs)}` : "Nothing yet",
      serverBytes: state.keptBytes,
      here: waiting && waitingMs > 0 ? hereWords(waitingMs) : nothingHere(studio),
      hereBytes: state.waitingBytes,
      amber: waitingMs >= AMBER_FROM_MS || Boolean(state.offlineSince),
    });
    const awake = studio.awake ? "Screen stays awake" : "";
    view.showDeck({
      number: clock(state.elapsedMs),
      left: view.isNarrow() ? awake : dotted(studio.settings.name, `started ${timeOfDay(state.startedAt).slice(0, 5)}`),
      right: view.isNarrow() ? "" : dotted(awake, roomMore(studio.hoursLeft)),
    });
    const paused = state.phase === "paused";
    setText(byId("pause-name"), paused ? "Resume" : "Pause");
    setShown(byId("sign-pause"), !paused);
    setShown(byId("sign-resume"), paused);
  },

  ended(state, studio) {
    ear.stop?.();
    view.showLevel(null);
    if (!state.partEnd) return studio.leaveFor(state.url);
    comeback.begin(studio, state);
    view.showBetween(comeback.goesOn);
  },

  deviceChosen: (values) => devices.want(values),

  fillFields(studio) {
    const { settings } = studio;
    const rates = [...new Set([...BITRATES, settings.bitrate])].sort((a, b) => a - b);
    const named = rates.map((value) => ({ value: String(value), label: `${Number((value / 1e6).toFixed(2))} Mbit/s` }));
    fillSelect(byId("bitrate"), named, String(settings.bitrate));
    studio.onField("bitrate", (bitrate) => studio.change({ bitrate: Number(bitrate) }));
    studio.onField("mic", (mic) => studio.change({ mic }, true));
  },
};

function hereWords(waitingMs) {
  return `${waitingTime(waitingMs)}${waitingMs >= AMBER_FROM_MS ? " waiting" : ""}`;
}

/** Every level moves the meter; the words beside it change once a second. */
function listen(peakDb, studio) {
  view.showLevel(peakDb);
  if (ear.since === null || peakDb > SILENT_DB) ear.since = Date.now();
  if (peakDb > CLIPPING_DB) ear.clippedAt = Date.now();
  ear.peakDb = Math.max(ear.peakDb ?? peakDb, peakDb);
  if (Date.now() - ear.shownAt < METER_ROW_MS) return;
  if (studio.phase === "ready") showChecks(studio);
  Object.assign(ear, { shownAt: Date.now(), peakDb: null });
}

function microphoneRow({ camera, settings }) {
  const row = { id: "mic", title: "Microphone" };
  if (!camera.opened) return { ...row, state: "waiting", text: "Opens together with the camera" };
  if (!camera.opened.audio) {
    return settings.mic === "off"
      ? { ...row, state: "good", text: "Off: the video has no sound" }
      : { ...row, state: "remark", title: "No microphone found", text: "The video will have no sound." };
  }
  if (ear.since !== null && Date.now() - ear.since > LISTEN_MS) {
    const text = `We hear nothing from ${camera.opened.audio.label || "the microphone"}.`;
    return { ...row, state: "remark", title: "Silence", text };
  }
  if (ear.peakDb === null) return { ...row, state: "good", text: camera.opened.audio.label || "Open" };
  const peak = Math.round(ear.peakDb);
  const clips = Date.now() - ear.clippedAt < LISTEN_MS;
  const text = `We hear you. Peak ${String(peak).replace("-", "−")} dB${clips ? ", too loud" : ""}`;
  return { ...row, state: clips ? "remark" : "good", text };
}

const studio = new Studio(mode);
const devices = new DevicesPanel(studio);

function pause() {
  if (studio.phase === "running") {
    studio.run.pause();
    say("Paused.");
  } else if (studio.phase === "paused") {
    studio.run.resume();
    say("Recording goes on.");
  }
}
byId("pause-button").addEventListener("click", pause);

function tellShape(run) {
  run?.pictureIs(view.preview.videoWidth, view.preview.videoHeight);
}
view.preview.addEventListener("resize", () => tellShape(studio.run));
onKeys({ p: pause });
studio.begin();
