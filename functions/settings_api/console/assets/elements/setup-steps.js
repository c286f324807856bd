// The list of set-up steps at the left of the dialog: which is shown, which are done, which can be gone to.

import { h, setAttribute } from "../dom.js";
import { icon } from "../icons.js";

export class SetupSteps extends HTMLElement {
  #list = h("ol", { class: "setup-steps", role: "list" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(h("nav", { "aria-label": "Steps" }, this.#list));
  }

  /**
   * @param {object} state
   * @param {string[]} state.names
   * @param {number} state.shown
   * @param {number} state.furthest the last that can be gone to
   * @param {boolean} state.allDone
   * @param {(at: number) => void} goTo
   */
  update({ names, shown, furthest, allDone }, goTo) {
    const entries = names.map((name, at) => {
      const done = allDone || at < furthest;
      const sign = h(
        "span",
        { class: "step-sign", "aria-hidden": "true" },
        done && at !== shown ? icon("check") : at + 1,
      );
      const spoken = done ? h("span", { class: "visually-hidden" }, "done") : "";
      const button = h("button", { type: "button", class: done ? "done" : "" }, sign, name, spoken);
      setAttribute(button, "aria-current", at === shown ? "step" : null);
      setAttribute(button, "disabled", at > furthest);
      button.addEventListener("click", () => goTo(at));
      return h("li", {}, button);
    });
    this.#list.replaceChildren(...entries);
  }

  /** Nothing is known yet. */
  clear() {
    this.#list.replaceChildren();
  }
}

customElements.define("setup-steps", SetupSteps);
