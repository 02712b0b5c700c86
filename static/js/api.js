/** Talking to the HTTP API: JSON in and out, or raw bytes; errors as ProblemError or NoAnswer. */

import { NoAnswer, ProblemError } from "./errors.js";

const ROOT = "/api/v1";
const PATIENCE_MS = 30_000;

/** @returns {string} Django's CSRF token; the cookie is readable on purpose. */
export function csrfToken() {
  const found = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  return found ? decodeURIComponent(found[1]) : "";
}

/**
 * @typedef {object} Options
 * @property {any} [json] the body, as JSON
 * @property {BodyInit} [body] or as bytes
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal] calls it off: rejects with its reason
 * @property {number} [patienceMs] no answer after that long counts as none
 * @property {boolean} [keepalive] the request outlives the page
 */

/**
 * @param {string} method
 * @param {string} path below /api/v1, or a whole path that begins with it
 * @param {Options} [options]
 * @returns {Promise<any>} the parsed JSON; null for an empty answer
 */
export function api(method, path, options = {}) {
  return request(method, path.startsWith(ROOT) ? path : ROOT + path, options);
}

/** The same for any address of this site. @param {Options} [options] @returns {Promise<any>} */
export async function request(method, url, options = {}) {
  const { signal, patienceMs = PATIENCE_MS, keepalive = false } = options;
  const limits = [AbortSignal.timeout(patienceMs), ...(signal ? [signal] : [])];
  let answer;
  let text;
  try {
    const how = { method, keepalive, signal: AbortSignal.any(limits), credentials: "same-origin" };
    answer = await fetch(url, { ...how, ...contentOf(options) });
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new NoAnswer(error);
  }
  if (!answer.ok) throw problemOf(answer, text);
  return text ? JSON.parse(text) : null;
}

function contentOf({ json, body, headers }) {
  const common = { "X-CSRFToken": csrfToken(), Accept: "application/json" };
  if (json === undefined) return { body, headers: { ...common, ...headers } };
  return { body: JSON.stringify(json), headers: { ...common, "Content-Type": "application/json", ...headers } };
}

function problemOf(answer, text) {
  let problem = { status: answer.status, code: "unexpected", detail: `The server answered ${answer.status}.` };
  if (answer.headers.get("Content-Type")?.includes("problem+json")) problem = JSON.parse(text);
  const seconds = Number(answer.headers.get("Retry-After"));
  return new ProblemError(problem, seconds > 0 ? seconds : null);
}
