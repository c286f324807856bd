// The rows of a long list, as far as they have been read. Pages are read as they are looked at, at most two at a time,
// the one ahead too. A page whose predecessor has been read goes on from its cursor: a row that leaves the list further
// up does not make one further down be skipped. Only a page that was jumped to is read by its offset, and read again
// when the pages before it reach it and it does not go on from them.

import { get } from "./api.js";

const SIZE = 100;
const AT_ONCE = 2;

/**
 * @template T
 * @typedef {object} RowPage
 * @property {T[]} rows
 * @property {string | null} after the cursor that it was read from; `null`: the beginning, or an offset
 * @property {string | null} next
 * @property {boolean} stale does not go on from the page before
 */

/** @template T */
export class PagedRows {
  #path;
  #key;
  #changed;
  #answered;
  #jumps;
  /** @type {Map<number, RowPage<T>>} */
  #pages = new Map();
  /** @type {Set<number>} */
  #reading = new Set();
  /** @type {number[]} */
  #wanted = [0];
  #stop = new AbortController();
  #length = 0;

  /** How many rows the API says there are; `null`: not read yet. @type {number | null} */
  total = null;
  /** Why reading has stopped; `again` goes on. @type {unknown} */
  problem = null;

  /**
   * @param {object} list
   * @param {string} list.path with its query, without `limit` and `cursor`
   * @param {(row: T) => string} list.key
   * @param {() => void} list.changed called when rows have come, or could not
   * @param {(data: any) => void} [list.answered] given each answer as a whole
   * @param {boolean} [list.jumps] the list can be read from an offset; else it grows as it is read
   */
  constructor({ path, key, changed, answered = () => {}, jumps = false }) {
    this.#path = path;
    this.#key = key;
    this.#changed = changed;
    this.#answered = answered;
    this.#jumps = jumps;
  }

  /** How many rows to keep room for. */
  get length() {
    return this.#length;
  }

  /** Whether the beginning has been read. */
  get begun() {
    return this.#pages.has(0);
  }

  /** @param {number} index @returns {T | undefined} `undefined`: not read yet */
  at(index) {
    return this.#pages.get(Math.floor(index / SIZE))?.rows[index % SIZE];
  }

  /** Every row that has been read, in the list's order. */
  *read() {
    for (const number of [...this.#pages.keys()].sort((one, other) => one - other)) {
      yield* /** @type {RowPage<T>} */ (this.#pages.get(number)).rows;
    }
  }

  /**
   * Says which rows are looked at; their pages are read if they have not been, then the one ahead.
   *
   * @param {number} first
   * @param {number} last
   */
  want(first, last) {
    const from = Math.max(0, Math.floor(first / SIZE));
    const to = Math.max(from, Math.floor(last / SIZE));
    this.#wanted = Array.from({ length: to - from + 2 }, (_, at) => from + at);
    this.#readOn();
  }

  /** Puts another row in the place of one of the same key. @param {T} row */
  replace(row) {
    const key = this.#key(row);
    for (const { rows } of this.#pages.values()) {
      const at = rows.findIndex((known) => this.#key(known) === key);
      if (at >= 0) rows[at] = row;
    }
  }

  /** @param {string} key @returns {T | undefined} */
  find(key) {
    for (const { rows } of this.#pages.values()) {
      const row = rows.find((known) => this.#key(known) === key);
      if (row) return row;
    }
    return undefined;
  }

  /** Goes on after a problem. */
  again() {
    this.problem = null;
    this.#readOn();
  }

  /** No more reading: somebody looks at another list. */
  close() {
    this.#stop.abort();
  }

  #readOn() {
    if (this.problem || this.#stop.signal.aborted) return;
    for (const wanted of this.#wanted) {
      if (this.#reading.size >= AT_ONCE) return;
      const number = this.#nextFor(wanted);
      if (number !== null && !this.#reading.has(number)) this.#read(number);
    }
  }

  /**
   * The page to read so that the wanted one gets there: itself, or where there are no jumps the first gap before it.
   *
   * @param {number} wanted
   */
  #nextFor(wanted) {
    if (!this.begun) return 0;
    if (this.#isFresh(wanted) || wanted * SIZE >= this.#length) return null;
    if (this.#jumps) return wanted;
    for (let number = 0; number < wanted; number += 1) if (!this.#isFresh(number)) return number;
    return wanted;
  }

  /** @param {number} number */
  #isFresh(number) {
    return this.#pages.get(number)?.stale === false;
  }

  /** @param {number} number */
  async #read(number) {
    this.#reading.add(number);
    const after = this.#pages.get(number - 1)?.next ?? null;
    const place =
      after !== null ? `&cursor=${encodeURIComponent(after)}` : number > 0 ? `&offset=${number * SIZE}` : "";
    const joint = this.#path.includes("?") ? "&" : "?";
    try {
      const { data } = await get(`${this.#path}${joint}limit=${SIZE}${place}`, { signal: this.#stop.signal });
      this.#keep(number, after, data);
      this.#answered(data);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.problem = error;
    } finally {
      this.#reading.delete(number);
    }
    this.#changed();
    this.#readOn();
  }

  /**
   * @param {number} number
   * @param {string | null} after
   * @param {{items: T[], next_cursor: string | null, total?: number}} data
   */
  #keep(number, after, { items, next_cursor: next, total }) {
    this.#pages.set(number, { rows: items, after, next, stale: false });
    const following = this.#pages.get(number + 1);
    if (following && following.after !== next) following.stale = true;
    if (total !== undefined && (this.total === null || number === 0)) this.total = total;
    const end = number * SIZE + items.length;
    if (items.length === 0) this.#length = Math.min(this.#length, end);
    else if (next === null) this.#length = end;
    else if (this.#jumps) this.#length = Math.max(this.#length, this.total ?? 0, end + 1);
    else this.#length = Math.max(this.#length, end + SIZE);
  }
}
