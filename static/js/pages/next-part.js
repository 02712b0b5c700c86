/** A recording in parts: at the end of one, playing goes on with the next, at the same speed. Without this file they
 *  are links. */

const PLAY = /^#play=([\d.]+)$/;
const ASIDE_PX = 120; // what came before it is seen too

document.addEventListener("ended", ({ target }) => {
  const next = document.getElementById("next-part");
  if (target.id === "player" && next) location.assign(`${next.href}#play=${target.playbackRate}`);
}, true); // media events do not bubble

const list = document.querySelector(".parts ol");
const own = list?.querySelector("[aria-current]");
if (own) list.scrollLeft = own.getBoundingClientRect().left - list.getBoundingClientRect().left - ASIDE_PX;

const asked = location.hash.match(PLAY);
const player = document.getElementById("player");
if (asked && player) {
  history.replaceState(null, "", location.pathname + location.search); // a reload is not meant to play
  player.playbackRate = Number(asked[1]);
  player.play().catch(() => {}); // a browser may want a click first
}
