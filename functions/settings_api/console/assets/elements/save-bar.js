// One bar for everything that was changed and is not saved: how much, what, Discard, Save, and what went wrong.

import { h, isOff, newId, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { plural } from "../words.js";

export class SaveBar extends HTMLElement {
  #count = h("button", { class: "button quiet", type: "button", popovertarget: newId("changes") });
  #names = h("ul", { class: "menu change-names", popover: "auto", role: "list", "aria-label": "What was changed" });
  #problem = h("div", { class: "notice bad", role: "alert", hidden: true });
  #discard = h("button", { class: "button reason-end", type: "button" }, "Discard");
  #save = h("button", { class: "button primary reason-end", type: "button" });
  #saving = false;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "region");
    setAttribute(this, "aria-label", "Unsaved changes");
    this.#names.id = this.#count.getAttribute("popovertarget") || "";
    this.#discard.addEventListener("click", () => this.#ask(this.#discard, "discard"));
    this.#save.addEventListener("click", () => this.#ask(this.#save, "save"));
    this.#names.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "open") this.#place();
    });
    const acts = h("div", { class: "acts" }, this.#discard, this.#save);
    this.append(this.#problem, h("div", { class: "save-line" }, this.#count, this.#names, acts));
  }

  /** @param {string[]} names of what was changed; repeated ones are counted @param {number} changes */
  update(names, changes) {
    setText(this.#count, plural(changes, "change"));
    const counted = new Map();
    for (const name of names) counted.set(name, (counted.get(name) || 0) + 1);
    const lines = [...counted].map(([name, times]) => h("li", {}, times > 1 ? `${name} (${times})` : name));
    this.#names.replaceChildren(...lines);
    show(this, changes > 0 || this.#saving);
    this.#render();
  }

  /** @param {boolean} saving */
  set saving(saving) {
    this.#saving = saving;
    this.#render();
  }

  /** @param {{title: string, detail: string} | null} problem */
  set problem(problem) {
    if (problem)
      this.#problem.replaceChildren(icon("alert"), h("div", {}, h("strong", {}, problem.title), problem.detail));
    show(this.#problem, problem);
  }

  #render() {
    const busy = this.#saving ? "One moment, please." : null;
    setOff(this.#save, busy);
    setOff(this.#discard, busy);
    this.#save.replaceChildren(...(this.#saving ? [h("span", { class: "spinner" }), "Saving…"] : ["Save"]));
  }

  /** @param {HTMLElement} button @param {string} what */
  #ask(button, what) {
    if (!isOff(button)) this.dispatchEvent(new CustomEvent(what));
  }

  /** Above the count. */
  #place() {
    const button = this.#count.getBoundingClientRect();
    this.#names.style.left = `${button.left}px`;
    this.#names.style.top = `${Math.max(8, button.top - this.#names.offsetHeight - 8)}px`;
  }
}

customElements.define("save-bar", SaveBar);
