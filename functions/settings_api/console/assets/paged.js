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
  /** The question on its way is for the beginning. */
  #anew = false;
  /** More is wanted of what is being read again. */
  #onwards = false;

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
    this.#onwards = false;
    return this.#ask(null);
  }

  /** Reads the same from the beginning: after something has changed, or after a failure. */
  again() {
    return this.#ask(null);
  }

  /** While the same is read from the beginning it follows that. */
  more() {
    if (!this.busy && this.#next !== null) return this.#ask(this.#next);
    this.#onwards = this.#anew;
    return Promise.resolve();
  }

  stop() {
    this.#asking?.abort();
  }

  /** @param {string | null} cursor @returns {Promise<void>} */
  async #ask(cursor) {
    this.stop();
    const asking = new AbortController();
    this.#asking = asking;
    this.#anew = cursor === null;
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
    const onwards = this.#onwards && this.#next !== null && this.error === null;
    this.#onwards = false;
    this.busy = false;
    if (onwards) return this.#ask(this.#next);
    this.#changed();
  }
}
