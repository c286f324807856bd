// A button that opens a menu of actions, by mouse and by keyboard as the menu-button pattern asks. What is switched off
// stays in the menu and says why.

import { h, isOff, newId, setAttribute } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {string} [hint] a second, quieter line
 * @property {string | null} [off] why it cannot be used now
 * @property {() => void} act
 */

export class ActionMenu extends HTMLElement {
  /** @type {() => MenuItem[]} */
  #items = () => [];
  #button = h("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false" });
  #menu = h("div", { class: "menu", popover: "auto", role: "menu" });

  /**
   * @param {string} label what the button is called
   * @param {() => MenuItem[]} items asked for each time the menu opens
   * @param {string} [text] shown on the button instead of dots
   */
  setup(label, items, text) {
    this.#items = items;
    setAttribute(this.#button, "class", text ? "button quiet" : "button quiet icon-only");
    setAttribute(this.#button, "aria-label", label);
    this.#menu.id = newId("menu");
    setAttribute(this.#menu, "aria-label", label);
    setAttribute(this.#button, "aria-controls", this.#menu.id);
    this.#button.replaceChildren(text || icon("dots"));
    this.append(this.#button, this.#menu);
    this.#button.addEventListener("click", () => this.#open(0));
    this.#button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      this.#open(event.key === "ArrowDown" ? 0 : -1);
    });
    this.#menu.addEventListener("keydown", (event) => this.#move(event));
    this.#menu.addEventListener("toggle", (event) => {
      const open = /** @type {ToggleEvent} */ (event).newState === "open";
      setAttribute(this.#button, "aria-expanded", String(open));
      if (!open && this.#menu.contains(document.activeElement)) this.#button.focus();
    });
  }

  /** @param {number} focus which entry gets the focus, -1 for the last */
  #open(focus) {
    if (this.#menu.matches(":popover-open")) {
      this.#close();
      return;
    }
    this.#menu.replaceChildren(...this.#items().map((item) => this.#entry(item)));
    this.#menu.showPopover();
    this.#place();
    this.#entries().at(focus)?.focus();
    addEventListener("scroll", this.#left, { capture: true, once: true });
    addEventListener("resize", this.#left, { once: true });
  }

  #left = () => this.#menu.hidePopover();

  #close() {
    this.#menu.hidePopover();
    this.#button.focus();
  }

  /** @param {MenuItem} item */
  #entry({ label, hint, off, act }) {
    const second = off || hint;
    const entry = h("button", { class: "menu-item", type: "button", role: "menuitem", tabindex: "-1" }, label);
    if (second) entry.append(h("small", {}, second));
    setAttribute(entry, "aria-disabled", off ? "true" : null);
    entry.addEventListener("click", () => {
      if (isOff(entry)) return;
      this.#close();
      act();
    });
    return entry;
  }

  #entries() {
    return /** @type {HTMLElement[]} */ ([...this.#menu.children]);
  }

  /** Under the button, its right edge on the button's; above it where there is no room below. */
  #place() {
    const button = this.#button.getBoundingClientRect();
    const menu = this.#menu.getBoundingClientRect();
    const left = Math.max(8, Math.min(button.right - menu.width, innerWidth - menu.width - 8));
    const below = button.bottom + 6;
    const top = below + menu.height > innerHeight - 8 ? Math.max(8, button.top - menu.height - 6) : below;
    this.#menu.style.left = `${left}px`;
    this.#menu.style.top = `${top}px`;
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const entries = this.#entries();
    const at = entries.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 };
    if (event.key in moves) {
      event.preventDefault();
      const to = moves[/** @type {keyof typeof moves} */ (event.key)];
      entries[(to + entries.length) % entries.length].focus();
    } else if (event.key === "Tab") {
      this.#close();
    } else if (event.key.length === 1) {
      const letter = event.key.toLowerCase();
      const later = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
      later.find((entry) => entry.textContent?.toLowerCase().startsWith(letter))?.focus();
    }
  }
}

customElements.define("action-menu", ActionMenu);
