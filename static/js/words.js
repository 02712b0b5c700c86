/** The Studio's sentences: thing, number, next step. Never "saved": *kept*, after the receipt. */

import { bytes, clock, duration, timeOfDay } from "./format.js";

/** 2609 -> "2 609", with a thin space that does not break. */
export function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** "2 609 frames" of a capture session, "43 s" of a recording: what waits, with its verb. */
export const wait = (amount) => `${amount} ${amount === "1 frame" ? "waits" : "wait"}`;

export function frames(count) {
  return count === 1 ? "1 frame" : `${grouped(count)} frames`;
}

/** What waits of a recording: 1.0 s, 43 s, 1:12. */
export function waitingTime(ms) {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : clock(ms);
}

export function perHour(bytesPerHour) {
  return `about ${bytes(bytesPerHour)} per hour`;
}

/** `hours` null: the server knows no limit. */
export function roomOnServer(hours) {
  if (hours === null) return "No limit known";
  return hours < 1 / 60 ? "No room left" : `Room for ${duration(hours)} at these settings`;
}

export function roomMore(hours) {
  return hours === null ? "" : `room for ${duration(hours)} more`;
}

const FORMAT_NAMES = { "image/jpeg": "JPEG", "image/webp": "WebP", "image/png": "PNG" };

export function formatName(contentType, quality) {
  const name = FORMAT_NAMES[contentType];
  return contentType === "image/png" ? name : `${name} ${quality}`;
}

/** What the camera troubles are called, why they are there, what to do, and whether choosing another camera may help.
 *  @param {import("./errors.js").Trouble} trouble
 *  @param {{host: string, insecureFix: string}} place
 *  @returns {{title: string, why: string, steps: string[], choose: boolean, link?: string}} */
export function cameraTrouble(trouble, { host, insecureFix }) {
  const camera = trouble.device || "the camera";
  const words = {
    denied: {
      title: "The browser keeps the camera closed",
      why: `It was told “Block” for ${host}, so this page sees and hears nothing. `
        + "The browser will not ask again by itself.",
      steps: [
        "Click the camera sign in the address bar, or the sign at its beginning.",
        "Choose “Allow” for the camera, and for the microphone where sound is wanted.",
        "Come back; this page notices by itself.",
      ],
    },
    unanswered: {
      title: "The browser is asking",
      why: `It wants to know whether ${host} may use the camera. Nothing is sent before you start.`,
      steps: ["Find the question near the address bar.", "Choose “Allow”."],
    },
    busy: {
      title: "Another program uses the camera",
      why: `The system gives ${camera} to one program at a time.`,
      steps: ["Close the other program or tab, or choose another camera.", "Try again."],
      choose: true,
    },
    missing: {
      title: "No camera found",
      why: "The browser knows of no camera on this device.",
      steps: [
        "Plug one in; we notice.",
        "Is it built in? Look for its switch or cover, and in the system's privacy settings.",
      ],
    },
    insecure: {
      title: "No camera over plain http",
      why: "Browsers open cameras only on https pages and on localhost.",
      steps: [insecureFix],
      link: insecureFix.match(/https:\/\/\S+?(?=[.]?(?:\s|$))/)?.[0],
    },
    unplugged: {
      title: `${capital(camera)} is gone`,
      why: "It was unplugged, or the system took it away.",
      steps: ["Plug it in again; we notice.", "Or choose another camera."],
      choose: true,
    },
    unsupported: {
      title: "This browser opens no camera",
      why: "It lacks what this page needs to see.",
      steps: ["Open this page in a current Chrome, Edge, Firefox or Safari."],
    },
    failed: {
      title: "The camera did not open",
      why: `The browser tried ${camera} and failed.`,
      steps: ["Unplug the camera and plug it in again, or choose another one.", "Try again."],
      choose: true,
    },
  };
  return { choose: false, ...(words[trouble.kind] ?? words.failed) };
}

/** Why a run did not start: the server refused, or did not answer. */
export function startTrouble(error) {
  if (error.name === "NoAnswer") {
    const title = "No answer from the server. Nothing was started.";
    return { title, text: "Look at the connection, then start again." };
  }
  if (error.status === 401 || error.status === 403) {
    return { title: "You are signed out. Nothing was started.", text: "Sign in, then start again.", signIn: true };
  }
  return { title: "Nothing was started.", text: error.detail || error.message };
}

export const NOTES = {
  /** `doing` "" after the stop; `room` "3 h 10 min" on this device, "" where that is not known */
  offline: (since, doing, waiting, room) => ({
    title: `No connection to the server since ${timeOfDay(since)}.${doing && ` ${doing} goes on.`}`,
    text: `${wait(waiting)} on this device, and will go up without your help.${room && ` Room here for ${room}.`} `
      + "Keep this tab open.",
  }),
  serverFull: (since) => ({
    title: "The server has no room.",
    text: `Everything since ${timeOfDay(since).slice(0, 5)} waits on this device.`,
  }),
  signedOut: () => ({
    title: "Sign in again to send what waits here.",
    text: "Nothing is lost: it waits on this device.",
  }),
  draining: (amount) => ({ title: `${amount} still on this device.`, text: "Keep this tab open." }),
  slow: (doing) => ({
    title: `Upload is slower than this ${doing}.`,
    text: "The rest waits here and goes up later.",
  }),
  setAside: (count, thing) => ({
    title: `The server refused ${count === 1 ? `1 ${thing}` : `${grouped(count)} ${thing}s`}.`,
    text: "Set aside on this device; the others go on.",
  }),
  outboxFull: () => ({ title: "No room on this device.", text: "What comes now is lost. Stop, or free some room." }),
  gone: (camera, at) => ({
    title: `${camera} is gone since ${timeOfDay(at)}.`,
    text: "What came before it went is being kept.",
  }),
};

/** A part has ended although nobody stopped it. @param {object} state of its run @param {boolean} byItself goes on */
export function partEnded({ partEnd, phase, elapsedMs, keptToMs }, byItself) {
  const { reason, device, sleptMs } = partEnd;
  const why = {
    "camera-switched": "Another camera was chosen.",
    "microphone-switched": "Another microphone was chosen.",
    slept: `This device slept for ${sleptMs < 60_000 ? waitingTime(sleptMs) : duration(sleptMs / 3_600_000)}.`,
    turned: "The picture was turned.",
  }[reason] ?? `${device || "The camera"} is gone.`;
  const kept = phase === "sealed"
    ? `Everything until ${clock(elapsedMs)} is kept.`
    : `Kept to ${clock(keptToMs)}, the rest goes up.`;
  const isGone = reason.endsWith("-gone");
  const next = byItself
    ? `Recording goes on by itself, in a part of its own${isGone ? ", when a camera is back" : ""}.`
    : "Start goes on in a part of its own.";
  return { title: `${why} ${kept}`, text: next };
}

/** "Camera gave no picture at 08:08:04 and 08:18:01": the last times at which a frame was dropped. */
export function droppedAt(drops) {
  if (!drops.length) return "";
  const last = drops.at(-1);
  const times = drops.filter((drop) => drop.reason === last.reason).slice(-2).map((drop) => timeOfDay(drop.at));
  return `${DROP_WORDS[last.reason] ?? "Not taken"} at ${[...new Set(times)].join(" and ")}`;
}

const DROP_WORDS = {
  "camera-late": "Camera gave no picture",
  "encoder-busy": "This device was too busy",
  "encoder-failed": "The browser could not encode",
  "page-busy": "This page stood still",
  "outbox-full": "No room on this device",
};

const WAY_WORDS = {
  worker: "By the camera's timestamps",
  "video-frames": "By the frames as they are shown",
  timer: "By a timer",
};

/** How frames are taken. @param {"worker"|"video-frames"|"timer"} way */
export const wayWords = (way) => WAY_WORDS[way];

/** "times within 21 ms"; before the server's clock is known, nothing. @param {number|null} errorMs */
export function errorWords(errorMs) {
  if (errorMs === null) return "";
  if (!Number.isFinite(errorMs)) return "times by this device's clock";
  return `times within ${errorMs < 1000 ? `${Math.ceil(errorMs)} ms` : waitingTime(errorMs)}`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
