/** What can go wrong, as classes that answer one question: what to do about it. */

/** The camera or the microphone cannot be used. `kind` chooses the words on the page. */
export class Trouble extends Error {
  /**
   * @param {"insecure"|"denied"|"unanswered"|"busy"|"missing"|"unplugged"|"unsupported"|"failed"} kind
   * @param {string} [device] its name, where the browser told it
   * @param {string} [technical] the browser's own words and its name for it
   */
  constructor(kind, device = "", technical = "") {
    super(technical || kind);
    this.name = "Trouble";
    this.kind = kind;
    this.device = device;
  }
}

/** The server refused, and said why: problem+json. */
export class ProblemError extends Error {
  /** @param {{status: number, code: string, detail: string}} problem @param {number|null} [retryAfter] seconds */
  constructor(problem, retryAfter = null) {
    super(problem.detail || problem.code);
    this.name = "ProblemError";
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.retryAfter = retryAfter;
  }

  /** Sign in again, and it will work. To another account, what is ours is not there: 404. */
  get needsSignIn() {
    return this.status === 401 || this.status === 403 || this.status === 404;
  }

  /** Sending the same again may work. */
  get mayPass() {
    return this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }

  /** Sending the same again will never work. */
  get isFinal() {
    return !this.needsSignIn && !this.mayPass;
  }
}

/** No answer came. Whether the server acted is unknown; everything we send may be sent again. */
export class NoAnswer extends Error {
  constructor(cause) {
    super("no answer from the server", { cause });
    this.name = "NoAnswer";
  }
}
