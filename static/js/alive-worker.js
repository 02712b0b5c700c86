/**
 * The page's sign of life, every 5 seconds, from a Worker: timers of hidden tabs are slowed down, a Worker's
 * are not. Messages in: {url, csrf, every, body, now} to begin or change what is said, null to end.
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
  // Not heard now, then the next time: the server is patient for several of these.
  const signal = AbortSignal.timeout(every);
  await fetch(url, { method: "POST", headers, body, credentials: "same-origin", signal }).catch(() => {});
  clearTimeout(timer); // another word may have been said meanwhile, with its own next time
  timer = setTimeout(say, every);
}
