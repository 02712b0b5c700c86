/** A recording in parts: at the end of one, playing goes on with the next. Without this file they are links. */

const PLAY = "#play";

document.addEventListener("ended", (event) => {
  const next = document.getElementById("next-part");
  if (event.target.id === "player" && next) location.assign(next.href + PLAY);
}, true); // media events do not bubble

if (location.hash === PLAY) {
  history.replaceState(null, "", location.pathname + location.search); // a reload is not meant to play
  document.getElementById("player")?.play().catch(() => {}); // a browser may want a click first
}
