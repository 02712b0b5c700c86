/** When the pictures of a video are shown, exactly, as the server reads it off the file; fetched where it is asked for.
 *
 *  A webcam gives pictures when it has them: there is no rate to reckon with.
 */

import { api } from "./api.js";

const WINDOW_S = 10; // what one answer covers

export class PictureTimes {
  #windows = new Map();

  /** @param {string} path such as /api/v1/recordings/{id}/pictures
   *  @param {HTMLVideoElement} video for its duration, which is known later */
  constructor(path, video) {
    this.path = path;
    this.video = video;
  }

  /** The picture that is there at a moment. @returns {Promise<number|null>} seconds; null: none is there yet */
  at(moment) {
    return this.#backwards(moment, (time) => time <= moment);
  }

  /** The one before that. */
  before(moment) {
    return this.#backwards(moment, (time) => time < moment);
  }

  /** The one after it; null: it was the last. */
  async after(moment) {
    for (let number = windowOf(moment); number <= windowOf(this.video.duration); number += 1) {
      const found = (await this.#window(number)).find((time) => time > moment);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** The one that begins nearest to a moment. */
  async nearest(moment) {
    const [before, after] = [await this.at(moment), await this.after(moment)];
    if (before === null || after === null) return before ?? after;
    return moment - before <= after - moment ? before : after;
  }

  async #backwards(moment, fits) {
    for (let number = windowOf(moment); number >= 0; number -= 1) {
      const found = (await this.#window(number)).findLast(fits);
      if (found !== undefined) return found;
    }
    return null;
  }

  #window(number) {
    if (!this.#windows.has(number)) this.#windows.set(number, this.#load(number));
    return this.#windows.get(number);
  }

  async #load(number) {
    try {
      const { times_ms: times } = await api("GET", `${this.path}?start_ms=${number * WINDOW_S * 1000}`);
      return times.map((time) => time / 1000);
    } catch (error) {
      this.#windows.delete(number); // the next step asks again
      throw error;
    }
  }
}

const windowOf = (moment) => Math.floor(moment / WINDOW_S);
