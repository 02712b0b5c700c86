/** The camera of the Studio: opening it with the chosen settings, the pickers, and what to say when it stays closed. */

import { closeCamera, listDevices, onDevicesChanged, openCamera } from "../camera.js";
import { Trouble } from "../errors.js";
import { byId, element, fillSelect, setShown, setText, warn } from "../ui.js";
import { cameraTrouble } from "../words.js";

const ASKING_AFTER_MS = 1200;
const NO_MICROPHONE = "off";

export class StudioCamera extends EventTarget {
  /** @param {{settings: object, facts: object, withSound: boolean}} studio
   *  Events: "opening", "opened", "trouble". */
  constructor({ settings, facts, withSound }) {
    super();
    this.settings = settings;
    this.facts = facts;
    this.withSound = withSound;
    this.opened = null;
    this.trouble = null;
    this.turn = 0;
    this.permission = null;
    this.locked = false; // while a run uses the camera, nothing here touches it
    byId("trouble-retry").addEventListener("click", () => this.open());
    onDevicesChanged(() => this.#devicesChanged());
    cameraPermission().then((permission) => this.#watch(permission));
  }

  /** Open the camera anew, with the settings as they are. The last call wins. */
  async open() {
    if (this.locked) return;
    const turn = ++this.turn;
    this.close();
    this.#tell("opening");
    const asking = setTimeout(() => this.#sayThatItAsks(turn), ASKING_AFTER_MS);
    try {
      const opened = await this.#openChosen();
      if (turn !== this.turn) return closeCamera(opened);
      this.opened = opened;
      opened.video.addEventListener("ended", () => this.#ended(opened), { once: true });
      await this.listAll();
      this.trouble = null;
      setShown(byId("trouble"), false);
      this.#tell("opened");
    } catch (error) {
      if (turn !== this.turn) return;
      const trouble = error instanceof Trouble ? error : new Trouble("failed", "", error.message);
      this.#showTrouble(trouble);
      await this.listAll();
    } finally {
      clearTimeout(asking);
    }
  }

  /** The camera stays open for the next part. Its pictures may be of another size by now. */
  stayOpen() {
    const { width, height } = this.opened.video.getSettings();
    Object.assign(this.opened, { width, height });
    this.#tell("opened");
  }

  /** Look once more, without a word while nothing has changed. */
  async openAgain() {
    const { cameras } = await listDevices();
    if (this.trouble && (cameras.length || this.trouble.kind !== "missing")) await this.open();
  }

  close() {
    closeCamera(this.opened);
    this.opened = null;
  }

  /** A picture of someone in front of the screen is mirrored; one of what lies behind the phone is not. */
  get mirrored() {
    return this.opened?.video.getSettings().facingMode !== "environment";
  }

  async #openChosen() {
    const { width, height, fps } = this.settings;
    const { cameras, microphones } = await listDevices();
    const cameraId = chosen(cameras, this.settings.camera);
    const wanted = { cameraId, width, height, fps: this.withSound ? fps : undefined };
    const wantsSound = this.withSound && this.settings.mic !== NO_MICROPHONE;
    const microphone = wantsSound && (chosen(microphones, this.settings.mic) ?? true);
    try {
      return await openCamera({ ...wanted, microphone });
    } catch (error) {
      // No microphone at all is no reason to record nothing.
      if (error.kind === "missing" && microphone) return openCamera({ ...wanted, microphone: false });
      throw error;
    }
  }

  /** Fill the pickers with the devices there are. */
  async listAll() {
    const { cameras, microphones } = await listDevices();
    const now = this.opened?.video.getSettings().deviceId ?? chosen(cameras, this.settings.camera);
    const unknown = this.trouble?.kind === "missing" ? null : "Known once the camera is open";
    fillSelect(byId("camera"), asOptions(cameras, unknown ?? "No camera found"), now);
    if (!this.withSound) return;
    const none = { value: NO_MICROPHONE, label: "No microphone" };
    const sound = this.opened?.audio?.getSettings().deviceId ?? (this.opened ? NO_MICROPHONE : undefined);
    const noneFound = (this.opened ? null : unknown) ?? "No microphone found";
    fillSelect(byId("mic"), [...asOptions(microphones, noneFound), none], sound);
  }

  #devicesChanged() {
    if (this.locked) return this.listAll();
    if (this.trouble && ["missing", "unplugged", "busy"].includes(this.trouble.kind)) this.open();
    else this.listAll();
  }

  /** The person changed the browser's mind: no need to press anything here. */
  #watch(permission) {
    this.permission = permission; // held, or its events are lost with it
    permission?.addEventListener("change", () => {
      if (!this.locked && this.trouble?.kind === "denied") this.open();
    });
  }

  #ended(opened) {
    if (opened !== this.opened || this.locked) return;
    this.opened = null;
    this.#showTrouble(new Trouble("unplugged", opened.label));
  }

  /** Only where the browser really asks: a slow camera that is allowed is just slow. */
  #sayThatItAsks(turn) {
    if (turn !== this.turn || this.opened || this.permission?.state === "granted") return;
    this.#showTrouble(new Trouble("unanswered"));
  }

  #showTrouble(trouble) {
    this.trouble = trouble;
    const words = cameraTrouble(trouble, { host: location.host, insecureFix: this.facts.insecure_fix });
    setText(byId("trouble-title"), words.title);
    setText(byId("trouble-why"), words.why);
    byId("trouble-steps").replaceChildren(...words.steps.map((step) => element("li", {}, ...withCode(step))));
    setShown(byId("trouble-retry"), !["unanswered", "unsupported", "insecure"].includes(trouble.kind));
    setShown(byId("trouble-link"), Boolean(words.link));
    if (words.link) {
      byId("trouble-link").href = words.link;
      setText(byId("trouble-link"), "Open it over https");
    }
    byId("studio-root").dataset.choose = words.choose ? "yes" : "no";
    setShown(byId("trouble"), true);
    warn(`${words.title}. ${words.why}`);
    this.#tell("trouble");
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }
}

/** The device that a setting means: its id, its name, or a part of its name. */
function chosen(devices, wanted) {
  if (!wanted) return undefined;
  const low = wanted.toLowerCase();
  const found = devices.find((device) => device.id === wanted)
    ?? devices.find((device) => device.label.toLowerCase() === low)
    ?? devices.find((device) => device.label.toLowerCase().includes(low));
  return found?.id;
}

function asOptions(devices, none) {
  if (!devices.length) return [{ value: "", label: none }];
  return devices.map(({ id, label }) => ({ value: id, label: label.replace(/ \([0-9a-f]{4}:[0-9a-f]{4}\)$/, "") }));
}

/** "Start with `./dev run`" -> the words, and the command as <code>. */
function withCode(sentence) {
  return sentence.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

/** What the browser was told about the camera; null where it does not tell (Firefox before 131). */
async function cameraPermission() {
  try {
    return await navigator.permissions.query({ name: "camera" });
  } catch {
    return null;
  }
}
