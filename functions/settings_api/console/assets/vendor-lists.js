// The vendor's picklists, read live and once per look at a page. Few at a time: each is a call to the vendor, and lists that
// differ by board are one call per board.

import { all, ApiError, integration as path } from "./api.js";

/** @typedef {import("./types.js").Choice} Choice */

/**
 * @typedef {object} VendorList
 * @property {"reading" | "ready" | "failed" | "hidden"} state `hidden`: this person may not read it
 * @property {Choice[]} choices
 * @property {string} problem why it could not be read
 */

const AT_ONCE = 2;

export class VendorLists extends EventTarget {
  #connector;
  #hidden;
  /** @type {Map<string, VendorList>} */
  #lists = new Map();
  /** @type {string[]} */
  #queue = [];
  #reading = 0;

  /**
   * @param {string} connector
   * @param {boolean} hidden nothing may be read
   */
  constructor(connector, hidden) {
    super();
    this.#connector = connector;
    this.#hidden = hidden;
  }

  /**
   * A list as far as it is known; asking for it has it read.
   *
   * @param {string} key
   * @param {string} [board] only what is valid there
   * @returns {VendorList}
   */
  list(key, board) {
    if (this.#hidden) return { state: "hidden", choices: [], problem: "" };
    const id = board ? `${key}?board=${encodeURIComponent(board)}` : key;
    let list = this.#lists.get(id);
    if (!list) {
      list = { state: "reading", choices: [], problem: "" };
      this.#lists.set(id, list);
      this.#queue.push(id);
      this.#go();
    }
    return list;
  }

  /** Reads again what could not be read. */
  again() {
    for (const [id, list] of this.#lists) {
      if (list.state === "failed") {
        this.#lists.set(id, { state: "reading", choices: [], problem: "" });
        this.#queue.push(id);
      }
    }
    this.#tell();
    this.#go();
  }

  #go() {
    while (this.#reading < AT_ONCE && this.#queue.length > 0) {
      const id = /** @type {string} */ (this.#queue.shift());
      this.#reading += 1;
      this.#read(id).finally(() => {
        this.#reading -= 1;
        this.#go();
      });
    }
  }

  /** @param {string} id */
  async #read(id) {
    try {
      const [key, query] = id.split("?");
      const choices = /** @type {Choice[]} */ (
        await all(path(this.#connector, "choices", key) + (query ? `?${query}` : ""))
      );
      this.#lists.set(id, { state: "ready", choices, problem: "" });
    } catch (error) {
      const problem = error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
      this.#lists.set(id, { state: "failed", choices: [], problem });
    }
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * The name of a value, with the board that it belongs to where that is said.
 *
 * @param {Choice} choice
 */
export function choiceName({ label, board }) {
  return board ? `${board.name}: ${label}` : label;
}
