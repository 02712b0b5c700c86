/** The look around before the start: camera, microphone, this device, the server; "Ready", or what is in the way. */

import { bytes, duration } from "../format.js";
import { byId, element, icon, setText } from "../ui.js";

const SIGNS = { good: "check", remark: "warning", bad: "warning", waiting: "minus" };

/** @param {{id: string, state: "good"|"remark"|"bad"|"waiting", title: string, text: string}[]} rows */
export function showCheck(rows) {
  const remarks = rows.filter((row) => row.state === "remark").length;
  setText(byId("check-title"), headline(rows, remarks));
  const list = byId("check-list");
  for (const row of rows) {
    const words = `${row.state}|${row.title}|${row.text}`;
    const old = list.querySelector(`[data-id="${row.id}"]`);
    if (old?.dataset.words === words) continue;
    const fresh = element("li", { "data-id": row.id, "data-state": row.state, "data-words": words },
      icon(SIGNS[row.state]), element("div", {}, element("strong", {}, row.title), element("p", {}, row.text)));
    if (old) old.replaceWith(fresh);
    else list.append(fresh);
  }
}

function headline(rows, remarks) {
  if (rows.some((row) => row.state === "bad")) return "Not ready";
  if (rows.some((row) => row.state === "waiting")) return "Looking around";
  if (!remarks) return "Ready";
  return remarks === 1 ? "Ready, with one remark" : `Ready, with ${remarks} remarks`;
}

export function cameraRow(opened, trouble) {
  if (trouble) return { id: "camera", state: "bad", title: "Camera", text: "Closed. The picture's place says why." };
  if (!opened) return { id: "camera", state: "waiting", title: "Camera", text: "Opening" };
  const rate = opened.fps ? `, ${Math.round(opened.fps)} per second` : "";
  return { id: "camera", state: "good", title: "Camera", text: `${opened.width} × ${opened.height}${rate}` };
}

const LITTLE_HOURS = 1;
const TINY_BYTES = 512e6; // some private windows give no more; ordinary ones give gigabytes

/**
 * How much this device can hold without a connection, and what there is to say about it.
 * @param {import("../device-room.js").DeviceRoom|null} room null: it is not known yet
 * @param {number|null} bytesPerHour null: it is not known yet
 */
export function deviceRow(room, bytesPerHour) {
  const row = { id: "device", state: "good", title: "This device" };
  if (!room) return { ...row, state: "waiting", text: "Looking for room" };
  if (!room.keeps) return { ...row, ...NOTHING_KEPT };
  const cleared = room.mayBeCleared ? ` ${MAY_BE_CLEARED}` : "";
  if (room.left === null) return { ...row, text: `Holds what waits; the browser does not say how much.${cleared}` };
  if (!bytesPerHour) return row;
  const hours = room.left / bytesPerHour;
  if (room.quota < TINY_BYTES) {
    const text = `The browser gives this page ${bytes(room.quota)}, as private windows do: room for ${duration(hours)} `
      + "without a connection. What waits is gone when the window closes.";
    return { ...row, state: "remark", title: "Little is kept on this device", text };
  }
  if (hours < LITTLE_HOURS) {
    const text = `Without a connection, what comes after that is lost. Free some room.${cleared}`;
    return { ...row, state: "remark", title: `Room for ${duration(hours)} left on this device`, text };
  }
  return { ...row, text: `Holds ${duration(Math.min(hours, 9999))} without a connection.${cleared}` };
}

export const MAY_BE_CLEARED = "When its disk is full, the browser may clear what waits here.";
const NOTHING_KEPT = {
  state: "bad",
  title: "Nothing can be kept on this device",
  text: "The browser lets this page keep nothing, as some private windows do. Use an ordinary window.",
};

export function serverRow(hours, text) {
  const state = hours !== null && hours < 1 / 60 ? "bad" : hours !== null && hours < 1 ? "remark" : "good";
  return { id: "server", state, title: "Server", text };
}
