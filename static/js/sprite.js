/** Small pictures of a whole video on one sheet: fetched when somebody first points at a line or at a card. */

import { cueAt, parseSprite } from "./webvtt.js";

const sprites = new Map();

/**
 * @param {string} path of the WebVTT
 * @returns {Promise<Sprite>} one without pictures where there is none now
 */
export function spriteOf(path) {
  if (!sprites.has(path)) sprites.set(path, load(path));
  return sprites.get(path);
}

async function load(path) {
  try {
    const answer = await fetch(path);
    return new Sprite(answer.url, answer.ok ? parseSprite(await answer.text()) : []);
  } catch {
    sprites.delete(path); // the next time the pointer comes by
    return new Sprite(path, []);
  }
}

export class Sprite {
  #whole = null;

  /** @param {string} address of the WebVTT @param {ReturnType<typeof parseSprite>} cues */
  constructor(address, cues) {
    this.address = address;
    this.cues = cues;
    this.width = Math.max(...cues.map((cue) => cue.x + cue.width));
    this.height = Math.max(...cues.map((cue) => cue.y + cue.height));
  }

  /** The picture of that moment, {width, height, ...} in the sheet's own pixels; undefined without pictures. */
  tileAt(seconds) {
    return cueAt(this.cues, seconds);
  }

  /** Resolves when the sheet is there, so that showing it is no flash of nothing. */
  whole() {
    this.#whole ??= this.#fetchSheet();
    return this.#whole;
  }

  #fetchSheet() {
    const image = new Image();
    image.src = this.#sheet(this.cues[0]);
    return image.decode();
  }

  /** Fill an element of any size with a tile. @param {HTMLElement} element @param {object} tile */
  show(element, tile) {
    const share = (place, all, own) => (all > own ? (100 * place) / (all - own) : 0);
    Object.assign(element.style, {
      backgroundImage: `url("${this.#sheet(tile)}")`,
      backgroundSize: `${(100 * this.width) / tile.width}% ${(100 * this.height) / tile.height}%`,
      backgroundPosition:
        `${share(tile.x, this.width, tile.width)}% ${share(tile.y, this.height, tile.height)}%`,
    });
  }

  #sheet(tile) {
    return new URL(tile.address, this.address).href;
  }
}
