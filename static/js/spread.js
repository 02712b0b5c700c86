/** How a measure is spread, for as long as it may be measured: counted in steps of 4 %, so its memory has an end. */

const LEAST = 0.01;
const STEP = Math.log(1.04);

export class Spread {
  #counts = new Map(); // step -> how many
  #total = 0;

  /** @param {number} value 0 and up; Infinity is one that nobody knows */
  add(value) {
    const step = value <= LEAST ? 0 : Math.ceil(Math.log(value / LEAST) / STEP);
    this.#counts.set(step, (this.#counts.get(step) ?? 0) + 1);
    this.#total += 1;
  }

  /** @param {number} share 0 to 1 @returns {number|null} that share of all is not larger; null: not known */
  at(share) {
    let left = share * this.#total;
    for (const step of [...this.#counts.keys()].sort((a, b) => a - b)) {
      left -= this.#counts.get(step);
      if (left > 0) continue;
      return Number.isFinite(step) ? Number((LEAST * Math.exp(step * STEP)).toPrecision(3)) : null;
    }
    return null;
  }
}
