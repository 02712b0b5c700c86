/** What both modes of the Studio share: the way from "opening" to "done", the settings, keys, leaving, news. */

import { hoursLeft } from "../estimate.js";
import { loadSettings, rememberSetting } from "../settings.js";
import { byId, fillSelect, onKeys, pageFacts, say, setText, warn } from "../ui.js";
import { keepAwake } from "../wake-lock.js";
import { startTrouble } from "../words.js";
import { showBefore } from "./studio-before.js";
import { StudioCamera } from "./studio-camera.js";
import { noteOf, signInButton } from "./studio-notes.js";
import { StudioOutbox } from "./studio-outbox.js";
import * as view from "./studio-view.js";

const SIZES = ["640x480", "1280x720", "1920x1080", "2560x1440", "3840x2160"];
const RENDER_MS = 200; // five times a second is what an eye follows; a run changes more often
const LOOK_AGAIN_MS = 10_000;
const TRY_AGAIN_MS = 5000; // with nobody in front of it

const PASSING = ["busy", "failed", "missing", "unplugged"]; // troubles of a camera

/**
 * One mode of the Studio. A mode gives what is its own:
 *   start(studio) -> Promise<run>        isOver(state), isStopping(state), isPaused(state)
 *   bytesPerHour(studio) -> Promise      rows(studio): more rows of the check
 *   showRun(state, studio): places, deck, tags         amountHere(state): "12 frames"
 *   ended(state, studio)                 doing, thing: words
 *   before(studio) -> Promise<boolean>: whether to start now         callOff(): what `before` waits for
 *   goesOn(): whether it starts by itself once the camera is open
 *   keepsCamera(state): whether it stays open for the next part
 *   deviceChosen(values): in a picker, while something runs
 */
export class Studio {
  constructor(mode) {
    this.mode = mode;
    this.facts = pageFacts("studio");
    this.settings = loadSettings(this.facts.mode, location.search);
    this.camera = new StudioCamera({ settings: this.settings, facts: this.facts, withSound: mode.withSound });
    this.run = null;
    this.phase = "opening";
    this.perHour = null;
    this.startNote = null;
    this.awake = false; // whether the screen really stays so
    this.rendering = 0;
    this.earlier = new Set(); // runs of parts before this one that still send
    this.outbox = new StudioOutbox(this.facts.account, () => this.phase === "ready" && showBefore(this));
  }

  /** Wire the page, open the camera, and send what an interrupted tab had left. */
  begin() {
    this.#fillFields();
    this.#wireButtons();
    this.camera.addEventListener("opening", () => this.#setPhase("opening"));
    this.camera.addEventListener("trouble", () => {
      this.#setPhase("trouble");
      this.#tryAgain(PASSING.includes(this.camera.trouble.kind));
    });
    this.camera.addEventListener("opened", () => this.#cameraOpened());
    setInterval(() => {
      this.outbox.look();
      if (this.phase === "ready") this.estimate();
    }, LOOK_AGAIN_MS);
    addEventListener("beforeunload", (event) => this.#needsTab() && event.preventDefault());
    view.showTags({});
    this.camera.open();
    this.outbox.begin();
  }

  get state() {
    return this.run?.state ?? null;
  }

  /** What the run is told about itself; empty ones are left out. */
  get values() {
    const { name, device, external_id, labels } = this.settings;
    const all = { name: name.trim(), device_name: device.trim(), external_id, labels };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value.length));
  }

  get hoursLeft() {
    return hoursLeft(this.facts.room_bytes, this.perHour);
  }

  /** How long this device has room for what is made; null where that is not known. */
  get hoursHere() {
    const left = this.outbox.room?.left ?? null;
    return left === null || !this.perHour ? null : left / this.perHour;
  }

  /** Bytes of earlier parts that wait here. */
  get waitingEarlier() {
    return [...this.earlier].reduce((sum, { state }) => sum + state.waitingBytes, 0);
  }

  async toggle() {
    if (this.phase === "ready" || this.phase === "done") await this.start();
    else if (this.phase === "running" || this.phase === "paused") await this.stop();
  }

  async start() {
    if (this.phase === "done") return this.camera.open();
    if (this.mode.before && !(await this.mode.before(this))) return;
    if (this.phase !== "ready") return; // the camera went meanwhile
    this.#setPhase("starting");
    this.startNote = null;
    this.goneSince = null;
    view.showNote(null);
    this.camera.locked = true;
    this.outbox.persist();
    try {
      this.run = await this.mode.start(this);
    } catch (error) {
      this.camera.locked = false;
      this.#refused(error);
      return;
    }
    this.settings.autostart = false; // once: a later stop is meant
    this.release = keepAwake((awake) => {
      this.awake = awake;
      this.#plan();
    });
    this.run.addEventListener("change", () => this.#plan());
    this.clock = setInterval(() => this.#render(), 1000);
    say(`${this.mode.doing} started.`);
    this.#render();
  }

  /** Stop taking; the rest goes up. The end itself is seen by #render. */
  async stop() {
    say(`${this.mode.doing} stopped.`);
    await this.run.stop();
  }

  #refused(error) {
    const { signIn, ...words } = startTrouble(error);
    this.startNote = { tone: "lost", icon: "warning", ...words };
    this.#tryAgain(!error.isFinal && !signIn);
    if (signIn) this.startNote.button = signInButton("", () => this.note(null));
    warn(words.title);
    this.#setPhase("ready");
  }

  /** The note while nothing runs; null takes it away. */
  note(note) {
    this.startNote = note;
    if (["opening", "trouble", "ready"].includes(this.phase)) showBefore(this);
  }

  #plan() {
    // Phases are shown at once; numbers a few times a second, whether the tab is seen or not.
    this.rendering ||= setTimeout(() => {
      this.rendering = 0;
      this.#render();
    }, RENDER_MS);
  }

  #render() {
    const state = this.state;
    if (!state || this.phase === "done") return;
    if (this.mode.isOver(state)) return this.#ended(this.run);
    const phase = this.mode.isStopping(state) ? "draining" : this.mode.isPaused(state) ? "paused" : "running";
    if (phase !== this.phase) this.#setPhase(phase);
    this.mode.showRun(state, this);
    this.#showTrouble(state);
  }

  /** A run is over; one that only ends a part may still send, and does so beside the next. */
  #ended(run) {
    const { state } = run;
    clearInterval(this.clock);
    this.release?.();
    this.camera.locked = false;
    this.run = null;
    this.earlier.add(run);
    run.stop().finally(() => this.earlier.delete(run));
    if (!this.mode.keepsCamera?.(state)) this.camera.close(); // what is said to be closed is closed
    this.outbox.tellAside();
    this.sheet(false);
    view.showTitle(null);
    view.showNote(null);
    this.#setPhase("done");
    if (!state.partEnd) say(`${this.mode.doing} ended. Everything is kept.`);
    this.mode.ended(state, this);
  }

  /** To the next part, with the camera that is open or with the one that is chosen. */
  goOn() {
    if (this.camera.opened) this.camera.stayOpen();
    else this.camera.open();
  }

  /** To another page on purpose: it sends what earlier parts have left here. */
  leaveFor(url) {
    this.earlier.clear();
    location.assign(url);
  }

  /** The note over the picture's foot, read aloud where it is a new one. */
  #showTrouble(state) {
    if (state.trouble) this.goneSince ??= Date.now();
    const { key, ...note } = noteOf(state, this.mode, this) ?? {};
    if (key && key !== this.noted && key !== "draining") warn(note.title);
    if (!key && this.noted === "offline") say("Connected again.");
    this.noted = key;
    view.showNote(key ? note : null);
  }

  #setPhase(phase) {
    this.phase = phase;
    view.showPhase(phase);
    const verbs = { ready: "Start", done: "Back to the camera", running: "Stop", paused: "Stop" };
    view.showRecord(verbs[phase]);
    view.showOpen(null);
    if (["opening", "trouble", "ready", "starting"].includes(phase)) showBefore(this);
  }

  /** What an hour costs at these settings. */
  async estimate() {
    if (!this.camera.opened) return;
    this.perHour = await this.mode.bytesPerHour(this).catch(() => null);
    if (this.phase === "ready") showBefore(this);
  }

  async #cameraOpened() {
    view.showPreview(this.camera.opened.stream, this.camera.mirrored);
    this.mode.cameraOpened?.(this);
    this.#setPhase("ready");
    this.estimate();
    if (this.settings.autostart || this.mode.goesOn?.()) this.start();
  }

  /** A page that starts by itself has nobody who presses "Try again": the server may start too, and a program that died
   *  may still hold the camera. */
  #tryAgain(mayPass) {
    if (!this.settings.autostart || !mayPass) return;
    setTimeout(() => {
      if (this.phase === "ready") this.start();
      else if (this.phase === "trouble") this.camera.openAgain();
    }, TRY_AGAIN_MS);
  }

  #needsTab() {
    if (this.waitingEarlier) return true;
    return Boolean(this.state) && (this.phase !== "draining" || this.state.waiting > 0);
  }

  // Settings

  #fillFields() {
    const { settings } = this;
    const size = `${settings.width}x${settings.height}`;
    const sizes = SIZES.includes(size) ? SIZES : [size, ...SIZES];
    fillSelect(byId("picture"), sizes.map((value) => ({ value, label: value.replace("x", " × ") })), size);
    byId("name").value = settings.name;
    byId("device").value = settings.device;
    this.onField("camera", (camera) => this.change({ camera }, true));
    this.onField("picture", (value) => {
      const [width, height] = value.split("x").map(Number);
      this.change({ width, height }, true);
    });
    this.onField("name", (name) => this.change({ name }));
    this.onField("device", (device) => this.change({ device }));
    this.mode.fillFields(this);
  }

  onField(id, act) {
    byId(id).addEventListener("change", (event) => act(event.target.value));
  }

  /** Take a settled choice, remember it, and open the camera anew where the choice asks for it. */
  change(values, reopen = false) {
    if (reopen && this.run) return this.mode.deviceChosen?.(values);
    Object.assign(this.settings, values);
    rememberSetting(this.facts.mode, values);
    if (reopen) this.camera.open();
    else this.estimate();
  }

  #wireButtons() {
    const goTo = (key) => document.querySelector(`[data-mode-key="${key}"]:not([inert])`)?.click();
    const escape = () => (this.mode.callOff?.(), this.sheet(false));
    onKeys({ " ": () => this.toggle(), c: () => goTo("c"), r: () => goTo("r"), escape });
    byId("record-button").addEventListener("click", () => this.toggle());
    byId("check-again").addEventListener("click", () => this.camera.open());
    byId("settings-form").addEventListener("submit", (event) => event.preventDefault());
    byId("settings-button").addEventListener("click", () => this.sheet(true, byId("settings-button")));
    byId("settings-close").addEventListener("click", () => this.sheet(false));
  }

  /** On phones the settings are a sheet over the page, while something runs the devices are. @param {HTMLElement}
   *  [opener] gets the focus back */
  sheet(open, opener = this.opener) {
    if (open === byId("studio-root").hasAttribute("data-sheet")) return;
    byId("studio-root").toggleAttribute("data-sheet", open);
    opener.setAttribute("aria-expanded", String(open));
    setText(byId("settings-close"), this.run ? "Close" : "Done");
    (open ? byId("settings-close") : opener).focus();
    this.opener = opener;
  }
}
