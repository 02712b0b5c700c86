/** Sentences about what waits in the outbox, what an interrupted tab had left, and what the server refused. */

import { bytes, dotted, timeOfDay } from "./format.js";
import { grouped } from "./words.js";

/** @typedef {import("./leftovers.js").News} News */
/** @typedef {import("./outbox.js").Aside} Aside */
/**
 * @typedef {object} Words of one line of news
 * @property {string} strong @property {string} text
 * @property {""|"here"|"lost"} tone
 * @property {string} sign an icon
 * @property {string} [href] where to go on @property {string} [label] of that link
 */

const ASIDE_PLACE = "/account/#set-aside";
const RANGES_MOST = 4;
const REASONS = { "not-found": "The server does not know it any more." }; // where its own sentence says too little

/** "1 frame", "2 609 chunks". */
export function things(kind, count) {
  const thing = kind === "capture" ? "frame" : "chunk";
  return count === 1 ? `1 ${thing}` : `${grouped(count)} ${thing}s`;
}

/** A run by its name; not everything has one. */
function called({ name, kind }) {
  return name || (kind === "capture" ? "a capture session" : "a recording");
}

const are = (count) => (count === 1 ? "is" : "are");
const wait = (count) => (count === 1 ? "waits" : "wait");

/** What an interrupted tab had left here, on its way or delivered. @param {News} news @returns {Words} */
export function leftover(news) {
  const { kind, waiting, size, aside, done, state, url } = news;
  const run = called(news);
  const amount = things(kind, waiting);
  const stays = `${amount} of ${run} ${wait(waiting)} on this device`;
  const here = { tone: "here", sign: "laptop" };
  if (done && aside) {
    const kept = size ? ` The other ${bytes(size)} are kept.` : "";
    return refusal(things(kind, aside), run, `${news.detail}${kept}`);
  }
  if (done) {
    const text = `The ${bytes(size)} that waited here are kept.`;
    return { tone: "", sign: "check", strong: `${capital(run)} is whole again.`, text, href: url, label: "Open it" };
  }
  if (state.signedOut) {
    const href = `/sign-in/?next=${encodeURIComponent(globalThis.location?.pathname ?? "/")}`;
    return { ...here, strong: "Sign in again to send what waits here.", text: `${stays}.`, href, label: "Sign in" };
  }
  if (state.offlineSince) {
    const strong = `No connection to the server since ${timeOfDay(state.offlineSince)}.`;
    return { ...here, strong, text: `${stays}, and will go up without your help.` };
  }
  if (state.fullSince) return { ...here, strong: "The server has no room.", text: `${stays}, and will go up later.` };
  const it = waiting === 1 ? "it goes" : "they go";
  const text = `${amount} ${are(waiting)} only on this device. If you leave, ${it} up at your next visit.`;
  return { tone: "", sign: "laptop", strong: `${capital(run)} goes up.`, text };
}

/** All that this page delivers, in one line: what is on its way first, then what was refused, then what is whole.
 *  @param {News[]} all @returns {Words} */
export function leftovers(all) {
  const telling = all.find(({ done }) => !done) ?? all.find(({ aside }) => aside);
  if (telling) return leftover(telling);
  if (all.length === 1) return leftover(all[0]);
  const size = all.reduce((sum, news) => sum + news.size, 0);
  const text = `The ${bytes(size)} that waited here are kept.`;
  return { tone: "", sign: "check", strong: `${grouped(all.length)} are whole again.`, text };
}

// Set aside ------------------------------------------------------------------------------------

/**
 * @typedef {object} Group what was refused of one run for one reason
 * @property {string} run @property {string} name @property {string} url @property {"capture"|"recording"} kind
 * @property {string} detail of the refusal
 * @property {Aside[]} items by number
 * @property {number} size bytes
 */

/** @param {Aside[]} asides @returns {Group[]} */
export function groups(asides) {
  const found = new Map();
  for (const item of asides.toSorted((a, b) => a.number - b.number)) {
    const { run, name, url, kind } = item;
    const detail = REASONS[item.code] ?? item.detail;
    const key = `${run} ${detail}`;
    if (!found.has(key)) found.set(key, { run, name, url, kind, detail, items: [], size: 0 });
    found.get(key).items.push(item);
    found.get(key).size += item.size;
  }
  return [...found.values()];
}

/** Title and facts of a group. @param {Group} group @returns {{title: string, facts: string}} */
export function groupWords(group) {
  const numbers = ranges(group.items.map(({ number }) => number));
  const count = group.items.length;
  const thing = capital(things(group.kind, count).replace(/^\S+ /, ""));
  const title = `${things(group.kind, count)} of ${called(group)}`;
  return { title, facts: dotted(`${thing} ${numbers}`, bytes(group.size)) };
}

/** All that is set aside, in one line. @param {Group[]} all at least one @returns {Words} */
export function setAsideLine(all) {
  const [first] = all;
  if (all.length === 1) return refusal(things(first.kind, first.items.length), called(first), first.detail);
  const count = all.reduce((sum, { items }) => sum + items.length, 0);
  const names = [...new Set(all.map(called))];
  const detail = all.every((group) => group.detail === first.detail) ? first.detail : "";
  return refusal(`${grouped(count)} pieces`, listed(names), detail);
}

function refusal(amount, run, detail) {
  const text = `${detail} Set aside on this device.`.trim();
  const strong = `The server refused ${amount} of ${run}.`;
  return { tone: "lost", sign: "warning", strong, text, href: ASIDE_PLACE, label: "Look at them" };
}

export const discardWords = (all) => {
  const amount = all.length === 1 ? groupWords(all[0]).title : "all of it";
  return { title: `Discard ${amount}?`, text: "The server does not have it. There is no way back." };
};

/** [0, 1, 2, 5] -> "0 to 2, 5"; many ranges are cut short. @param {number[]} numbers in order */
export function ranges(numbers) {
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else found.push([number, number]);
  }
  const told = found.slice(0, RANGES_MOST).map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  const rest = found.slice(RANGES_MOST).reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return rest ? `${told.join(", ")} and ${grouped(rest)} more` : told.join(", ");
}

// Signing out ----------------------------------------------------------------------------------

/**
 * The question at sign-out.
 * @param {{bytes: number, runs: {name: string, kind: string, count: number}[], asides: number, elsewhere: boolean}}
 *   waits what waits; `elsewhere`: another tab of this browser records or sends
 * @returns {{title: string, text: string, deletes: string}}
 */
export function signOutWords({ bytes: size, runs, asides, elsewhere }) {
  const amounts = runs.map((run) => `${things(run.kind, run.count)} of ${called(run)}`);
  const other = elsewhere ? "Another tab of this browser records or sends; what it holds stays here too." : "";
  if (!runs.length) return { title: "Another tab still records or sends", text: other, deletes: "" };
  const verb = runs.length > 1 ? "are" : are(runs[0].count);
  const text = `${listed(amounts)} ${verb} only on this device. ${other}`.trim();
  const gone = asides ? [...amounts, `what the server refused (${grouped(asides)})`] : amounts;
  return { title: `${bytes(size)} wait here`, text, deletes: `Gone for good: ${listed(gone)}.` };
}

export function sendingWords(size, news) {
  const trouble = news.find(({ done, state }) => !done && (state.offlineSince || state.fullSince || state.signedOut));
  const text = trouble ? leftover(trouble).strong : "Sending, then signing out.";
  return { title: `${bytes(size)} still wait here`, text };
}

/**
 * Signing in again while something waits.
 * @param {{owner: string, other: string|null, doing: string}} who `owner` of what waits; `other` who is signed in
 *   instead; `doing` "Recording", or "" where nothing runs
 * @returns {{title: string, text: string}}
 */
export function signInWords({ owner, other, doing }) {
  const goesOn = doing ? `${doing} goes on meanwhile.` : "";
  if (!other) return { title: "Sign in again", text: `What waits here is sent then. ${goesOn}`.trim() };
  const text = `What waits here belongs to ${owner} and is not sent before ${owner} signs in. ${goesOn}`;
  return { title: `${other} is signed in`, text: text.trim() };
}

function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
