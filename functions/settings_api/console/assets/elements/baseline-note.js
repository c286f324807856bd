// Says that only what is new comes in, where the initial import was left out, and offers the rest.

import { importExisting } from "../actions.js";
import { h, isOff, setAttribute, setOff, show } from "../dom.js";
import { mayNot } from "../session.js";

export class BaselineNote extends HTMLElement {
  /** @type {import("../types.js").Integration | null} */
  #integration = null;
  #button = h("button", { class: "button reason-end", type: "button" }, "Import existing records now");

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "class", "strip");
    const text = "Without the initial import, only what is created or changed since it was switched on arrives here.";
    this.append(h("p", {}, text), this.#button);
    this.#button.addEventListener("click", () => {
      if (!isOff(this.#button)) this.#import();
    });
  }

  /** @param {import("../types.js").Integration} integration */
  update(integration) {
    this.#integration = integration;
    show(this, integration.enabled && !integration.options.initial_import);
    setOff(this.#button, mayNot("manage"));
  }

  async #import() {
    if (!this.#integration) return;
    setOff(this.#button, "One moment, please.");
    await importExisting(this.#integration);
    setOff(this.#button, null);
    this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
  }
}

customElements.define("baseline-note", BaselineNote);
