/** Signing in without leaving the Studio, for what waits here: it belongs to the account whose page this is. */

import { signIn, whoIsSignedIn } from "../sign-in.js";
import { byId, say, setShown, setText } from "../ui.js";
import { signInWords } from "../words-outbox.js";

const dialog = byId("sign-in-dialog");
const { account, accountName } = document.body.dataset;
const owner = { account, name: accountName };
let doing = "";
let done = () => {};

/** @param {{doing: string, done: () => void}} about `doing` "Recording" or "", `done` after the right account is in */
export async function offerSignIn(about) {
  ({ doing, done } = about);
  byId("sign-in-name").value = owner.name;
  byId("sign-in-password").value = "";
  showWho(null);
  showError("");
  dialog.showModal();
  byId("sign-in-password").focus();
  // Another tab may have signed in already, or somebody else.
  await whoIsSignedIn().then(take, () => {});
}

/** @param {import("../sign-in.js").SignedIn} now */
function take(now) {
  if (now.account === owner.account) return finish();
  showWho(now.account === null ? null : now.name);
}

function finish() {
  if (!dialog.open) return;
  dialog.close();
  say("Signed in.");
  dispatchEvent(new Event("online")); // whoever waits between two tries, tries now
  done();
}

function showWho(other) {
  const { title, text } = signInWords({ owner: owner.name, other, doing });
  setText(byId("sign-in-title"), title);
  setText(byId("sign-in-text"), text);
}

function showError(words) {
  setText(byId("sign-in-error-text"), words);
  setShown(byId("sign-in-error"), Boolean(words));
  byId("sign-in-password").setAttribute("aria-invalid", String(Boolean(words)));
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("sign-in-button");
  button.disabled = true;
  showError("");
  try {
    take(await signIn(byId("sign-in-name").value, byId("sign-in-password").value));
  } catch (error) {
    showError(error.name === "NoAnswer" ? "No answer from the server. Try again." : error.detail || error.message);
  } finally {
    button.disabled = false;
    byId("sign-in-password").value = "";
    if (dialog.open) byId("sign-in-password").focus();
  }
});
