/** The one note that matters most while something runs, over the picture's foot. */

import { duration } from "../format.js";
import { NOTES } from "../words.js";
import { offerSignIn } from "./studio-sign-in.js";

const MUCH_HOURS = 48; // room for longer is not worth a word
const HERE = { tone: "here", icon: "laptop" };
const LOST = { tone: "lost", icon: "warning" };

/** The button of every note that says "signed out". @param {string} doing "Recording", or "" where nothing runs */
export function signInButton(doing, done = () => {}) {
  return { label: "Sign in", act: () => offerSignIn({ doing, done }) };
}

/**
 * @param {object} state of the run
 * @param {object} mode of the Studio
 * @param {{goneSince: number, hoursHere: number|null}} more since when the camera is gone; room on this device
 * @returns {{key: string, tone: string, icon: string, title: string, text: string, button?: object}|null}
 */
export function noteOf(state, mode, { goneSince, hoursHere }) {
  const { doing, thing } = mode;
  const amount = mode.amountHere(state);
  const stopping = mode.isStopping(state);
  if (state.signedOut) {
    return { key: "signed-out", ...HERE, ...NOTES.signedOut(), button: signInButton(stopping ? "" : doing) };
  }
  if (state.offlineSince) {
    const room = hoursHere === null || hoursHere > MUCH_HOURS || stopping ? "" : duration(hoursHere);
    const words = NOTES.offline(state.offlineSince, stopping ? "" : doing, amount, room);
    // The uploader waits for this event between two tries.
    const button = { label: "Try now", act: () => dispatchEvent(new Event("online")) };
    return { key: "offline", ...HERE, ...words, button };
  }
  if (state.fullSince) return { key: "server-full", ...HERE, ...NOTES.serverFull(state.fullSince) };
  if (state.outboxFull) return { key: "full", ...LOST, ...NOTES.outboxFull() };
  if (state.trouble) {
    return { key: "gone", ...HERE, icon: "lens", ...NOTES.gone(state.trouble.device || "The camera", goneSince) };
  }
  if (stopping) return state.waiting > 0 ? { key: "draining", ...HERE, ...NOTES.draining(amount) } : null;
  if (state.setAside) return { key: "aside", ...LOST, ...NOTES.setAside(state.setAside, thing) };
  if (mode.isSlow(state)) return { key: "slow", ...HERE, ...NOTES.slow(mode.run) };
  return null;
}
