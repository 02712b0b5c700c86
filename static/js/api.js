/** Talking to the HTTP API: JSON in and out, or raw bytes; errors as ProblemError or NoAnswer. */

import { NoAnswer, ProblemError } from "./errors.js";

export { NoAnswer, ProblemError };

const ROOT = "/api/v1";

/** @returns {string} Django's CSRF token; the cookie is readable on purpose. */
export function csrfToken() {
  const found = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  return found ? decodeURIComponent(found[1]) : "";
}

/**
 * @param {string} method
 * @param {string} path below /api/v1, or a whole path that begins with it
 * @param {{json?: any, body?: BodyInit, headers?: Record<string, string>, signal?: AbortSignal, keepalive?: boolean}} [options]
 * @returns {Promise<any>} the parsed JSON; null for an empty answer
 */
export async function api(method, path, { json, body, headers = {}, signal, keepalive = false } = {}) {
  const sent = { "X-CSRFToken": csrfToken(), Accept: "application/json", ...headers };
  if (json !== undefined) {
    body = JSON.stringify(json);
    sent["Content-Type"] = "application/json";
  }
  let answer;
  let text;
  try {
    const url = path.startsWith(ROOT) ? path : ROOT + path;
    answer = await fetch(url, { method, body, headers: sent, signal, keepalive, credentials: "same-origin" });
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new NoAnswer(error);
  }
  if (!answer.ok) throw problemOf(answer, text);
  return text ? JSON.parse(text) : null;
}

function problemOf(answer, text) {
  let problem = { status: answer.status, code: "unexpected", detail: `The server answered ${answer.status}.` };
  if (answer.headers.get("Content-Type")?.includes("problem+json")) problem = JSON.parse(text);
  const seconds = Number(answer.headers.get("Retry-After"));
  return new ProblemError(problem, seconds > 0 ? seconds : null);
}
