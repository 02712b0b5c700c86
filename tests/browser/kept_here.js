/** Notes in `window.keptHere` what the page's outbox said it keeps: [number, sha256] of each, and in
 *  `window.recordedSince` when its recorder began; for tests alone. */
window.keptHere = [];
window.keptIn = new Set();

const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  if (message?.call === "put") {
    const { number } = message.args[0];
    this.addEventListener("message", ({ data }) => {
      if (data.id !== message.id || data.error) return;
      window.keptHere.push([number, data.result]);
      window.keptIn.add("files");
    });
  }
  return post.call(this, message, ...rest);
};

const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value, ...rest) {
  if (this.name === "items") {
    this.transaction.addEventListener("complete", () => {
      window.keptHere.push([value.number, value.sha256]);
      window.keptIn.add("database");
    });
  }
  return put.call(this, value, ...rest);
};

const start = MediaRecorder.prototype.start;
MediaRecorder.prototype.start = function (...rest) {
  this.addEventListener("start", () => (window.recordedSince = performance.now()), { once: true });
  return start.call(this, ...rest);
};
