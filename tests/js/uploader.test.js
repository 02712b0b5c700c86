import assert from "node:assert/strict";
import { test } from "node:test";

import { Uploader } from "../../static/js/uploader.js";

globalThis.document = { cookie: "csrftoken=abc" };

/** An outbox in memory, with the methods that the uploader uses. */
class Box {
  constructor(count, size = 10) {
    this.aside = new Map();
    this.items = new Map();
    for (let number = 0; number < count; number += 1) {
      const data = new ArrayBuffer(size);
      this.items.set(number, { number, size, sha256: "00", type: "image/jpeg", takenAtMs: 1, data });
    }
  }

  numbers() {
    return [...this.items.keys()];
  }

  async get(run, number) {
    return this.items.get(number);
  }

  async forget(run, numbers) {
    for (const number of numbers) this.items.delete(number);
  }

  async setAside(run, number, why) {
    this.aside.set(number, why);
    this.items.delete(number);
  }
}

/** Frames as the server reads them: [{number}] of one batch. */
async function numbersOf(body) {
  const bytes = await body.arrayBuffer();
  const numbers = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const length = new DataView(bytes).getUint32(at);
    const head = JSON.parse(new TextDecoder().decode(bytes.slice(at + 4, at + 4 + length)));
    numbers.push(head.number);
    at += 4 + length + head.size_bytes;
  }
  return numbers;
}

const json = (value, status = 200, headers = {}) =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json", ...headers },
  });
const problem = (status, code, headers) => json({ status, code, detail: `${code}.` }, status, headers);
const receipt = (number) => ({ number, size_bytes: 10, sha256: "00", status: 201 });

/** Send what is in the box; `answer(url, options, turn)` is the server. What happened. */
async function send(kind, box, answer, account) {
  const sent = [];
  globalThis.fetch = async (url, options) => {
    options.signal.throwIfAborted();
    sent.push({ url, options });
    return answer(url, options, sent.length - 1);
  };
  const uploader = new Uploader(box, { id: "r", account, kind, path: `/api/v1/${kind}s/r` }, box.numbers());
  const kept = [];
  const states = [];
  uploader.addEventListener("kept", ({ detail }) => kept.push(detail.number));
  uploader.addEventListener("state", () => states.push({ ...uploader.state }));
  await uploader.drained();
  await uploader.stop();
  return { sent, kept, states };
}

test("frames go in batches and are forgotten on their receipts", async () => {
  const box = new Box(100);
  const { sent, kept } = await send("capture", box, async (url, { body, headers }) => {
    assert.equal(url, "/api/v1/captures/r/frames");
    assert.equal(headers["X-CSRFToken"], "abc");
    return json({ receipts: (await numbersOf(body)).map(receipt) });
  });
  assert.equal(sent.length, 2);
  assert.deepEqual(kept, Array.from({ length: 100 }, (_, i) => i));
  assert.equal(box.items.size, 0);
});

test("a batch is no larger than the link carries in a few seconds", async () => {
  const { sent } = await send("capture", new Box(8, 600_000), async (url, { body }) =>
    json({ receipts: (await numbersOf(body)).map(receipt) }));
  assert.equal((await numbersOf(sent[0].options.body)).length, 2);
});

test("refused frames are set aside, those that may pass are sent again", async () => {
  const box = new Box(3);
  const { kept, sent } = await send("capture", box, async (url, { body }, turn) => {
    const answers = { 1: { number: 1, status: 422, code: "bad-image", detail: "x" } };
    if (turn === 0) answers[2] = { number: 2, status: 503, code: "busy", detail: "x" };
    return json({ receipts: (await numbersOf(body)).map((number) => answers[number] ?? receipt(number)) });
  });
  assert.deepEqual(kept, [0, 2]);
  assert.deepEqual([...box.aside.keys()], [1]);
  assert.equal(sent.length, 2);
});

test("chunks go by number, a few at a time, each with its digest", async () => {
  let [now, most] = [0, 0];
  const { sent, kept } = await send("recording", new Box(12), async (url, { headers, method }) => {
    assert.equal(method, "PUT");
    assert.equal(headers["Content-Digest"], "sha-256=:AA==:");
    most = Math.max(most, (now += 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    now -= 1;
    return json(receipt(Number(url.split("/").pop())), 201);
  });
  assert.deepEqual(sent.map(({ url }) => Number(url.split("/").pop())), Array.from({ length: 12 }, (_, i) => i));
  assert.equal(kept.length, 12);
  assert.ok(most > 1 && most <= 3, `${most} at a time`);
});

test("no answer counts as offline and is sent again; an answer ends it", async () => {
  const { kept, states } = await send("recording", new Box(1), (url, options, turn) => {
    if (turn === 0) throw new TypeError("Failed to fetch");
    return json(receipt(0), 200);
  });
  assert.deepEqual(kept, [0]);
  assert.ok(states[0].offlineSince > 0);
  assert.equal(states.at(-1).offlineSince, null);
});

test("a full server is waited for as long as it asks, and said", async () => {
  const began = performance.now();
  const { kept, states } = await send("recording", new Box(1), (url, options, turn) =>
    (turn === 0 ? problem(507, "store-full", { "Retry-After": "1" }) : json(receipt(0), 201)));
  assert.deepEqual(kept, [0]);
  assert.ok(states[0].fullSince > 0);
  assert.ok(performance.now() - began >= 1000);
});

test("signed out keeps everything, says so, and looks again", async () => {
  const box = new Box(1);
  const { kept, states } = await send("recording", box, (url, options, turn) =>
    (turn === 0 ? problem(403, "forbidden") : json(receipt(0), 201)));
  assert.equal(states[0].signedOut, true);
  assert.equal(states.at(-1).signedOut, false);
  assert.equal(box.aside.size, 0);
  assert.deepEqual(kept, [0]);
});

for (const status of [409, 413, 415, 422]) {
  test(`${status} sets this chunk aside, the others go on`, async () => {
    const box = new Box(3);
    const { kept } = await send("recording", box, (url) =>
      (url.endsWith("/1") ? problem(status, "refused") : json(receipt(0), 201)));
    assert.deepEqual(kept.toSorted(), [0, 2]);
    assert.equal(box.aside.get(1).code, "refused");
  });
}

test("410 sets everything aside: the run was deleted", async () => {
  const box = new Box(5);
  const { kept } = await send("capture", box, () => problem(410, "deleted"));
  assert.deepEqual(kept, []);
  assert.equal(box.aside.size, 5);
});

test("a batch that is too large is sent in smaller ones", async () => {
  const box = new Box(8, 100_000);
  const { kept } = await send("capture", box, async (url, { body }) =>
    (body.size > 300_000 ? problem(413, "too-large") : json({ receipts: (await numbersOf(body)).map(receipt) })));
  assert.equal(kept.length, 8);
  assert.equal(box.aside.size, 0);
});

test("stopped, it sends no more, and what waits stays", async () => {
  const box = new Box(2);
  globalThis.fetch = (url, { signal }) =>
    new Promise((resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const uploader = new Uploader(box, { id: "r", kind: "capture", path: "/api/v1/captures/r" }, box.numbers());
  await new Promise((resolve) => setTimeout(resolve, 10));
  await uploader.stop();
  assert.equal(box.items.size, 2);
  assert.equal(uploader.waiting, 2);
});

/** A server that does not know the run, asked by somebody who is signed in as `account`. */
const unknownTo = (account) => (url, options, turn) => {
  if (url === "/sign-in/") return json({ account, name: "mira" });
  return turn < 3 ? problem(404, "not-found") : json(receipt(0), 201);
};

test("what the server does not know any more is set aside", async () => {
  const box = new Box(1);
  const { kept, sent } = await send("recording", box, unknownTo(7), "7");
  assert.deepEqual(kept, []);
  assert.equal(box.aside.get(0).code, "not-found");
  assert.deepEqual(sent.map(({ url }) => url), ["/api/v1/recordings/r/chunks/0", "/sign-in/"]);
});

test("what belongs to another account than the one signed in waits for its own", async () => {
  const box = new Box(1);
  const { kept, states } = await send("recording", box, unknownTo(8), "7");
  assert.equal(states[0].signedOut, true);
  assert.equal(box.aside.size, 0);
  assert.deepEqual(kept, [0]);
});

test("an outbox that cannot be read for a moment is read again", async (context) => {
  const told = context.mock.method(console, "error", () => {});
  const box = new Box(2);
  const get = box.get;
  let failures = 2;
  box.get = async (...args) => {
    if (failures-- > 0) throw new DOMException("busy", "InvalidStateError");
    return get.apply(box, args);
  };
  const { kept } = await send("recording", box, (url) => json(receipt(Number(url.at(-1))), 201));
  assert.deepEqual(kept.toSorted(), [0, 1]);
  assert.equal(told.mock.callCount(), 2);
});
