/** The recording page beyond HTML: "Go there", the keys and the bar move the player that is already there. */

import { watchLive } from "./live-view.js";
import { startBar } from "./player-bar.js";
import { startKeys } from "./player-keys.js";
import { startScrubbing } from "./scrub.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-seek]");
  const player = document.getElementById("player");
  if (!link || !player) return;
  event.preventDefault();
  player.currentTime = Number(link.dataset.seek);
  player.play();
  player.scrollIntoView({ block: "nearest" });
});

startScrubbing();
startBar();
startKeys();
watchLive();
document.addEventListener("parts", watchLive);
