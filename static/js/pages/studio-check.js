/** The look around before the start: camera, microphone, this device, the server; "Ready", or what is in the way. */

import { duration } from "../format.js";
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

/** How long this device can hold what is made, without a connection. `null`: the browser does not tell. */
export async function deviceHours(bytesPerHour) {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return (quota - usage) / bytesPerHour;
  } catch {
    return null;
  }
}

export function deviceRow(hours) {
  const row = { id: "device", title: "This device" };
  if (hours === null) return { ...row, state: "good", text: "Holds what waits; the browser does not say how much" };
  if (hours < 1 / 6) return { ...row, state: "remark", title: "Little room on this device", text: `Holds ${duration(hours)} without a connection` };
  return { ...row, state: "good", text: `Holds ${duration(Math.min(hours, 9999))} without a connection` };
}

export function serverRow(hours, text) {
  const state = hours !== null && hours < 1 / 60 ? "bad" : hours !== null && hours < 1 ? "remark" : "good";
  return { id: "server", state, title: "Server", text };
}
