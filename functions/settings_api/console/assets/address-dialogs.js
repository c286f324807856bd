// Dialogs that have an address. Each opens while its name stands in the query and closes when it goes: Back closes it, once
// it may be left, and a link opens it.

import { closeQuery, queryValue } from "./router.js";
import { mayLeave, watch } from "./unsaved.js";

/**
 * A dialog: opens by itself once it stands in the page, tells of its end by `dialog-closed`. What is `dirty` is not left
 * unasked; `mayLeave` asks in words of its own.
 *
 * @typedef {HTMLElement & {close: () => void, dirty?: boolean, mayLeave?: () => Promise<boolean>}} Dialog
 */

export class AddressDialogs {
  #host;
  #makers;
  /** @type {Map<string, {value: string, dialog: Dialog}>} */
  #open = new Map();

  /**
   * @param {HTMLElement} host where they stand; their events rise through it
   * @param {Record<string, (value: string) => Dialog | null>} makers by name in the query; `null`: not now
   */
  constructor(host, makers) {
    this.#host = host;
    this.#makers = makers;
  }

  /** Does what the address says. */
  follow() {
    for (const [name, make] of Object.entries(this.#makers)) {
      const value = queryValue(name);
      const open = this.#open.get(name);
      if (open && open.value !== value) {
        this.#open.delete(name);
        open.dialog.close();
      }
      if (value !== null && !this.#open.has(name)) this.#show(name, value, make);
    }
  }

  /**
   * @param {string} name
   * @param {string} value
   * @param {(value: string) => Dialog | null} make
   */
  #show(name, value, make) {
    const dialog = make(value);
    if (!dialog) return;
    this.#open.set(name, { value, dialog });
    const unwatch = watch({
      under: [name],
      dirty: () => Boolean(dialog.dirty),
      mayLeave: () => dialog.mayLeave?.() ?? mayLeave(),
    });
    dialog.addEventListener("dialog-closed", () => {
      unwatch();
      dialog.remove();
      if (this.#open.get(name)?.dialog !== dialog) return;
      this.#open.delete(name);
      closeQuery({ [name]: null });
    });
    this.#host.append(dialog);
  }
}
