/** Which picture of a video is shown, and the way to the one before or after it: one, whatever the rate is.
 *
 *  Where a picture begins says the server (picture-times.js); which one is shown, the browser. While it plays, that is
 *  requestVideoFrameCallback's mediaTime. After a seek it is not: Firefox tells the moment that was asked for. So a
 *  step goes a little way into the picture, where every browser shows it, and remembers which one it was.
 */

const INTO_S = 0.01; // browsers differ by some milliseconds about where a picture begins
const SAME_S = 0.001; // they round what they are given

export class PictureSteps {
  #played = null; // where the picture began that was shown last while it played, and no seek came since
  #sinceSeek = 0; // pictures shown
  #stood = null; // the step that was made last: {moment: what was asked for, time: where that picture begins}
  #queue = Promise.resolve();

  /** @param {HTMLVideoElement} video @param {import("./picture-times.js").PictureTimes} times
   *  @param {(seconds: number) => void} onPicture called while it plays, with what is shown now */
  constructor(video, times, onPicture) {
    this.video = video;
    this.times = times;
    this.onPicture = onPicture;
    video.addEventListener("seeking", () => {
      this.#played = null;
      this.#sinceSeek = 0;
    });
    this.#watch();
  }

  /** False: the browser does not tell which picture it shows while it plays. Where it stands is known all the same. */
  get isTold() {
    return "requestVideoFrameCallback" in this.video;
  }

  /** Where the picture that is shown begins. @returns {Promise<number|null>} seconds, or NoAnswer, ProblemError */
  async shown() {
    const { currentTime } = this.video;
    if (this.#stood && Math.abs(currentTime - this.#stood.moment) < SAME_S) return this.#stood.time;
    if (this.#played !== null) return this.times.nearest(this.#played);
    return this.times.at(currentTime + SAME_S);
  }

  /** One picture forward (1) or back (-1), one call after the other.
   *  @returns {Promise<number|null>} where it begins; null: there is none on that side */
  step(direction) {
    this.video.pause();
    const stepped = this.#queue.then(() => this.#step(direction));
    this.#queue = stepped.catch(() => {});
    return stepped;
  }

  async #step(direction) {
    const from = (await this.shown()) ?? 0;
    const time = await (direction > 0 ? this.times.after(from) : this.times.before(from));
    if (time === null) return null;
    const end = (await this.times.after(time)) ?? this.video.duration;
    const moment = time + Math.min(INTO_S, Math.max(end - time, 0) / 2);
    this.#stood = { moment, time };
    this.video.currentTime = moment;
    return time;
  }

  #watch() {
    this.video.requestVideoFrameCallback?.((now, { mediaTime }) => {
      this.#sinceSeek += 1; // the first one tells what was sought
      if (this.#sinceSeek > 1 && (!this.video.paused || this.#played !== null)) this.#played = mediaTime;
      this.onPicture(mediaTime);
      this.#watch();
    });
  }
}

/** The picture that is shown as a PNG of the video's own size, and when it begins where it plays.
 *  @param {HTMLVideoElement} video
 *  @returns {Promise<{blob: Blob, mediaTime: number|null}>} or SecurityError where the video comes from another site */
export async function pictureOf(video) {
  const mediaTime = video.paused ? null : await nextPicture(video);
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d").drawImage(video, 0, 0);
  return { blob: await canvas.convertToBlob({ type: "image/png" }), mediaTime };
}

function nextPicture(video) {
  if (!video.requestVideoFrameCallback) return video.currentTime;
  return new Promise((resolve) => {
    video.requestVideoFrameCallback((now, { mediaTime }) => resolve(mediaTime));
    video.addEventListener("pause", () => resolve(null), { once: true }); // and there is no other one
  });
}
