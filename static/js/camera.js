/** Opening cameras and microphones, and telling what stands in the way in terms that a page has words for. */

import { Trouble } from "./errors.js";

const UNANSWERED_MS = 60_000;
const KINDS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

/**
 * @typedef {object} Opened
 * @property {MediaStream} stream
 * @property {MediaStreamTrack} video
 * @property {MediaStreamTrack|null} audio
 * @property {string} label of the camera
 * @property {number} width what the camera gives, pixels
 * @property {number} height
 * @property {number|null} fps
 */

/**
 * @param {{cameraId?: string, width?: number, height?: number, fps?: number, microphone?: boolean|string}} wanted
 *   sizes and rates are wishes; a chosen device is a must
 * @returns {Promise<Opened>} or Trouble
 */
export async function openCamera({ cameraId, width, height, fps, microphone = false } = {}) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Trouble(isSecureContext ? "unsupported" : "insecure");
  const video = { width: { ideal: width ?? 1280 }, height: { ideal: height ?? 720 } };
  if (fps) video.frameRate = { ideal: fps };
  if (cameraId) video.deviceId = { exact: cameraId };
  const audio = typeof microphone === "string" ? { deviceId: { exact: microphone } } : Boolean(microphone);
  try {
    return describe(await answered(navigator.mediaDevices.getUserMedia({ video, audio })));
  } catch (error) {
    if (error instanceof Trouble) throw error;
    throw new Trouble(KINDS[error.name] ?? "failed", "", `${error.message} (${error.name})`.trim());
  }
}

/** A question that nobody answers must not look like a page that hangs. */
function answered(asking) {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Trouble("unanswered"));
    }, UNANSWERED_MS);
    asking.then((stream) => (late ? stopAll(stream) : resolve(stream)), reject).finally(() => clearTimeout(timer));
  });
}

/** @param {MediaStream} stream @returns {Opened} */
function describe(stream) {
  const [video] = stream.getVideoTracks();
  const { width, height, frameRate } = video.getSettings();
  const audio = stream.getAudioTracks()[0] ?? null;
  return { stream, video, audio, label: video.label, width, height, fps: frameRate ?? null };
}

/** @param {Opened|null} opened */
export function closeCamera(opened) {
  if (opened) stopAll(opened.stream);
}

function stopAll(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @returns {Promise<{cameras: {id: string, label: string}[], microphones: {id: string, label: string}[]}>} */
export async function listDevices() {
  const found = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  const named = (kind, word) =>
    found
      .filter((device) => device.kind === kind && device.deviceId)
      .map((device, index) => ({ id: device.deviceId, label: device.label || `${word} ${index + 1}` }));
  return { cameras: named("videoinput", "Camera"), microphones: named("audioinput", "Microphone") };
}

/** @param {() => void} callback @returns {() => void} stop listening */
export function onDevicesChanged(callback) {
  navigator.mediaDevices?.addEventListener?.("devicechange", callback);
  return () => navigator.mediaDevices?.removeEventListener?.("devicechange", callback);
}
