// A list that is read page by page. A new question (another search, another filter) ends the one that is on its way, so
// the answers shown are always those of the last question.

import { get } from "./api.js";

const SIZE = 50;

/** @template T */
export class Paged {
  /** @type {T[]} */
  items = [];
  /** What the last answer said besides its entries. @type {any} */
  answer = null;
  /** Why the last question failed. @type {unknown} */
  error = null;
  busy = false;
  #path = "";
  #size;
  #changed;
  /** @type {string | null} */
  #next = null;
  /** @type {AbortController | null} */
  #asking = null;

  /**
   * @param {() => void} changed called whenever there is something else to show
   * @param {number} [size] entries of a page
   */
  constructor(changed, size = SIZE) {
    this.#changed = changed;
    this.#size = size;
  }

  /** Nothing was answered yet. */
  get fresh() {
    return this.answer === null;
  }

  /** Entries of a page. */
  get size() {
    return this.#size;
  }

  get hasMore() {
    return this.#next !== null;
  }

  /**
   * Reads from the beginning. What was read before stays until the answer is there.
   *
   * @param {string} path without `limit` and `cursor`
   */
  read(path) {
    this.#path = path;
    return this.#ask(null);
  }

  /** Reads the same from the beginning: after something has changed, or after a failure. */
  again() {
    return this.#ask(null);
  }

  more() {
    return this.#next === null || this.busy ? Promise.resolve() : this.#ask(this.#next);
  }

  stop() {
    this.#asking?.abort();
  }

  /** @param {string | null} cursor */
  async #ask(cursor) {
    this.stop();
    const asking = new AbortController();
    this.#asking = asking;
    this.busy = true;
    this.error = null;
    this.#changed();
    try {
      const sign = this.#path.includes("?") ? "&" : "?";
      const place = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
      const { data } = await get(`${this.#path}${sign}limit=${this.#size}${place}`, { signal: asking.signal });
      this.items = cursor ? [...this.items, ...data.items] : data.items;
      this.#next = data.next_cursor;
      this.answer = data;
    } catch (error) {
      if (asking.signal.aborted) return;
      this.error = error;
    }
    this.busy = false;
    this.#changed();
  }
}
