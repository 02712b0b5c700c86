/** WebVTT whose cues name rectangles of a picture: which part of a sprite is for when. */

const CUE = /^(?:(\d+):)?(\d\d):(\d\d\.\d{3}) --> (?:(\d+):)?(\d\d):(\d\d\.\d{3})/;
const RECTANGLE = /^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/**
 * @param {string} text
 * @returns {{start: number, end: number, address: string, x: number, y: number, width: number, height: number}[]}
 *   times in seconds; what is no such cue is left out
 */
export function parseSprite(text) {
  const cues = [];
  for (const block of text.split(/\r?\n\r?\n/)) {
    const [times = "", target = ""] = block.trim().split(/\r?\n/);
    const [when, where] = [times.match(CUE), target.match(RECTANGLE)];
    if (!when || !where) continue;
    const [x, y, width, height] = where.slice(2).map(Number);
    cues.push({ start: seconds(when.slice(1, 4)), end: seconds(when.slice(4, 7)), address: where[1], x, y, width, height });
  }
  return cues;
}

/** The cue for that moment; the last one for what lies behind it. */
export function cueAt(cues, time) {
  return cues.find((cue) => time < cue.end) ?? cues.at(-1);
}

function seconds([hours = "0", minutes, rest]) {
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
}
