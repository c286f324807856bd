// Short messages at the foot of the page, and the one place where things are said to screen readers. A message stays as
// long as somebody points at it or has the focus in it, and errors stay until they are closed.
//
// Outside a modal dialog nothing can be clicked or heard, so while one is open the region stands in it.

import { h, setText } from "../dom.js";
import { icon } from "../icons.js";
import { sentence } from "../words.js";

const STAY = 7000;

class ToastRegion extends HTMLElement {
  #shown = h("div", { class: "toasts", popover: "manual", role: "region", "aria-label": "Messages" });
  #said = h("p", { class: "visually-hidden", role: "status" });

  connectedCallback() {
    this.append(this.#shown, this.#said);
  }

  /** A dialog that is taken away while it is open, as on leaving a page, takes no message with it. */
  disconnectedCallback() {
    queueMicrotask(() => {
      if (!this.isConnected) this.come();
    });
  }

  /** Stands where it can be reached: in the topmost modal dialog, else in the page. */
  come() {
    const modal = [...document.querySelectorAll("dialog:modal")].at(-1);
    const place = modal || document.body;
    if (this.parentElement === place) return;
    place.append(this);
    if (this.#shown.childElementCount > 0) this.#shown.showPopover();
    modal?.addEventListener("close", () => this.come(), { once: true });
  }

  /** @param {string} text */
  say(text) {
    // Cleared first, so that the same sentence is said a second time.
    setText(this.#said, "");
    setTimeout(() => setText(this.#said, text), 50);
  }

  /**
   * @param {string} text
   * @param {{action?: {label: string, act: () => void}, error?: boolean}} how
   */
  add(text, { action, error = false }) {
    const close = () => this.#remove(toast);
    const toast = h("div", { class: "toast" }, h("p", {}, text));
    const acts = h("div", { class: "acts" });
    if (action) {
      const act = () => {
        close();
        action.act();
      };
      acts.append(h("button", { class: "button", type: "button", on: { click: act } }, action.label));
    }
    acts.append(
      h(
        "button",
        { class: "button icon-only", type: "button", "aria-label": "Close message", on: { click: close } },
        icon("close"),
      ),
    );
    toast.append(acts);
    this.#shown.append(toast);
    while (this.#shown.childElementCount > 3) this.#shown.firstElementChild?.remove();
    this.#shown.showPopover();
    this.say(text);
    if (!error) this.#leaveLater(toast);
  }

  /** @param {HTMLElement} toast */
  #leaveLater(toast) {
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, STAY);
      else this.#remove(toast);
    };
    setTimeout(leave, STAY);
  }

  /** @param {HTMLElement} toast */
  #remove(toast) {
    toast.remove();
    if (this.#shown.childElementCount === 0 && this.#shown.matches(":popover-open")) this.#shown.hidePopover();
  }
}

customElements.define("toast-region", ToastRegion);

const known = /** @type {ToastRegion} */ (document.querySelector("toast-region"));

function region() {
  known.come();
  return known;
}

/**
 * @param {string} text
 * @param {{action?: {label: string, act: () => void}, error?: boolean}} [how]
 */
export function toast(text, how = {}) {
  region().add(sentence(text), how);
}

/**
 * Says something to screen readers only.
 *
 * @param {string} text
 */
export function announce(text) {
  region().say(text);
}
