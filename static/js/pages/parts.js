/** Pages in parts: the server renders a page, and the parts of it that changed are put in place.
 *
 *  An element with data-part="name" is a part. A part is replaced only if its HTML changed, so a video goes on
 *  playing while its title is edited. Three things bring a new page:
 *    data-refresh="2" on a part    the same address again, every 2 seconds while the tab is seen
 *    data-swap on a form           its answer, instead of a new page
 *    data-go on a link             the page it leads to, with its own place in the history
 */

const REFRESH_PATIENCE = 30; // at most this many times slower when the server does not answer

let afterwards = () => {};
let timer = 0;
let failures = 0;
let loading = null;

/** Begin; `onChange(root)` is called for every part that was put in place. */
export function startParts(onChange) {
  afterwards = onChange;
  document.addEventListener("submit", submitForm);
  document.addEventListener("click", followLink);
  addEventListener("popstate", () => load(location.href).catch(() => location.reload()));
  document.addEventListener("visibilitychange", plan);
  for (const part of document.querySelectorAll("[data-part]")) served.set(part, told(part));
  plan();
}

/** What the server had sent for a part that is in place: scripts change the live one (open menus, zones). */
const served = new WeakMap();

function place(page) {
  document.title = page.title;
  for (const fresh of page.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${fresh.dataset.part}"]`);
    const html = told(fresh);
    if (!old || served.get(old) === html || isBusy(old, fresh)) continue;
    const held = old.contains(document.activeElement) ? document.activeElement : null;
    const adopted = document.adoptNode(fresh);
    old.replaceWith(adopted);
    served.set(adopted, html);
    if (held) sameAs(held, adopted)?.focus({ preventScroll: true });
    afterwards(adopted);
  }
  document.dispatchEvent(new Event("parts"));
  plan();
}

/** Where the focus goes on: to the element that took the place of the one that had it, or the part's first control. */
function sameAs(held, part) {
  const byRel = held.rel && `[rel="${CSS.escape(held.rel)}"]`;
  const names = [held.id && `#${CSS.escape(held.id)}`, byRel, "summary, a, button"];
  return names.filter(Boolean).map((name) => part.querySelector(name)).find((found) => found?.checkVisibility());
}

/** A part as the server tells it; the form token is another one in every answer. */
function told(part) {
  return part.outerHTML.replaceAll(/(name="csrfmiddlewaretoken" value=)"[^"]*"/g, "$1");
}

/** The same address again, now. */
export const refresh = () => load(location.href);

/** Somebody writes in it, has a menu of it open, or watches it: leave it until the next time. */
function isBusy(part, fresh) {
  if (part.querySelector("[data-busy]")) return true;
  const media = part.querySelector("video, audio");
  if (media && !media.paused) return true;
  if (media?.currentTime && media.src === fresh.querySelector("video, audio")?.src) return true;
  const open = part.querySelector("details[open]");
  return Boolean(open && !part.querySelector("form[data-sent]")) || part.matches("dialog[open]");
}

async function load(address, options = {}) {
  clearTimeout(timer);
  loading?.abort();
  loading = new AbortController();
  const response = await fetch(address, { ...options, signal: loading.signal });
  const isPage = response.headers.get("Content-Type")?.startsWith("text/html");
  if (!response.ok || !isPage) throw new Error(`answer ${response.status}`);
  if (new URL(response.url).pathname === "/sign-in/") return location.assign(response.url);
  failures = 0;
  place(new DOMParser().parseFromString(await response.text(), "text/html"));
}

function plan() {
  clearTimeout(timer);
  const part = document.querySelector("[data-refresh]");
  if (!part || document.hidden) return;
  const seconds = Number(part.dataset.refresh) * Math.min(2 ** failures, REFRESH_PATIENCE);
  timer = setTimeout(() => load(location.href).catch(tryLater), seconds * 1000);
}

function tryLater(error) {
  if (error.name === "AbortError") return;
  failures += 1;
  plan();
}

async function submitForm(event) {
  const form = event.target;
  if (!form.matches("form[data-swap]")) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
  try {
    await load(form.action, { method: "POST", body });
  } catch {
    form.submit(); // let the browser show what went wrong
  }
}

async function followLink(event) {
  const link = event.target.closest("a[data-go]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  try {
    await load(link.href);
    history.pushState(null, "", link.href);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(link.href);
  }
}
