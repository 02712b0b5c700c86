/** The Account page works without this; with it, a new token can be copied by a button, what the server refused is
 *  shown, and signing out asks what becomes of what waits here. */

import { showSetAside } from "./set-aside.js";
import { askAtSignOut } from "./sign-out.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard; // absent over plain http on another address
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.querySelector("span").textContent = button.dataset.copied;
  });
  field.addEventListener("focus", () => field.select());
}

askAtSignOut();
showSetAside();
