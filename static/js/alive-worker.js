/**
 * The page's sign of life, every 5 seconds, from a Worker: timers of hidden tabs are slowed down, a Worker's
 * are not. Messages in: {url, csrf, every, body} to begin or change what is said, null to end.
 * Messages out: {heard: true} or {heard: false}.
 */

let said = null;
let timer = null;

self.onmessage = ({ data }) => {
  const first = said === null;
  said = data;
  if (data === null) return self.close();
  if (first || data.now) say();
};

async function say() {
  clearTimeout(timer);
  const { url, csrf, every, body } = said;
  const headers = { "X-CSRFToken": csrf, "Content-Type": "application/json" };
  try {
    const answer = await fetch(url, { method: "POST", headers, body, credentials: "same-origin" });
    self.postMessage({ heard: answer.ok });
  } catch {
    self.postMessage({ heard: false });
  }
  timer = setTimeout(say, every);
}
