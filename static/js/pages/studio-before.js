/** The Studio's page before a start: nothing yet, nothing waits, and whether all is well. */

import { bytes, dotted } from "../format.js";
import { perHour, roomOnServer } from "../words.js";
import { cameraRow, deviceRow, serverRow, showCheck } from "./studio-check.js";
import * as view from "./studio-view.js";

/** @param {object} studio of studio-common.js, which is opening, in trouble, ready or starting */
export function showBefore(studio) {
  const open = studio.phase === "ready" || studio.phase === "starting";
  const lens = open ? "open" : "closed";
  view.showPlaces({ lens }, { server: "Nothing yet", here: nothingHere(studio) });
  view.showNote(studio.startNote);
  const mirrored = open && studio.camera.mirrored;
  view.showTags({ plain: mirrored ? "Preview, mirrored for you. What is kept is not." : open ? "Preview" : null });
  view.showDeck({
    name: studio.settings.name,
    left: open ? deckWords(studio) : "",
    fact: "",
    right: studio.phase === "trouble" ? technical(studio.camera.trouble) : "",
  });
  showChecks(studio);
}

/** What this device holds where the run itself has nothing that waits. @param {object} studio */
export function nothingHere(studio) {
  if (studio.waitingEarlier) return `${bytes(studio.waitingEarlier)} of before`;
  return view.isNarrow() ? "Nothing" : "Nothing waits";
}

/** @param {object} studio */
export function showChecks(studio) {
  const { camera, mode, phase, perHour: bytesPerHour, hoursLeft } = studio;
  const rows = [cameraRow(camera.opened, phase === "trouble" ? camera.trouble : null), ...mode.rows(studio)];
  if (bytesPerHour) rows.push(hereRow(studio), serverRow(hoursLeft, roomOnServer(hoursLeft)));
  showCheck(rows);
}

function deckWords(studio) {
  const { state, title } = hereRow(studio);
  if (view.isNarrow() && ["remark", "bad"].includes(state)) return title; // there the check is not in sight
  const { labels, external_id } = studio.settings;
  const labelled = labels.length && `${labels.length > 1 ? "labels" : "label"}: ${labels.join(", ")}`;
  return dotted(studio.perHour && perHour(studio.perHour), labelled, external_id);
}

const hereRow = ({ outbox, perHour: bytesPerHour }) => deviceRow(outbox.room, bytesPerHour);

/** "Permission denied (NotAllowedError)", for those who search for it. */
function technical(trouble) {
  return trouble && trouble.message !== trouble.kind ? trouble.message : "";
}
