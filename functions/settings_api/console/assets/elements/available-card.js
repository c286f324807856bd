// A connector that was never connected: what it brings, and the way to connect it. It wears no pill.

import { openSetup } from "../actions.js";
import { h, isOff, newId, setAttribute, setOff, setText } from "../dom.js";
import { mark } from "../marks.js";
import { mayNot } from "../session.js";
import { list } from "../words.js";

export class AvailableCard extends HTMLElement {
  #integration;
  #about = h("p", { class: "about" });
  #brings = h("p", { class: "secondary" });
  #connect = h("button", { class: "button", type: "button" }, "Connect");

  /** @param {import("../types.js").Integration} integration */
  constructor(integration) {
    super();
    this.#integration = integration;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { connector, name, category } = this.#integration;
    const title = h("h3", { id: newId("card"), tabindex: "-1" }, name);
    setAttribute(this, "role", "listitem");
    setAttribute(this, "aria-labelledby", title.id);
    setAttribute(this.#connect, "aria-label", `Connect ${name}`);
    this.#connect.addEventListener("click", () => {
      if (!isOff(this.#connect)) openSetup(connector);
    });
    this.append(
      h("header", {}, mark(connector, name), h("div", {}, title, h("p", { class: "category" }, category))),
      this.#about,
      this.#brings,
      h("footer", {}, this.#connect),
    );
  }

  /** @param {import("../types.js").Connector | undefined} connector */
  update(connector) {
    setText(this.#about, connector?.about);
    setText(
      this.#brings,
      connector ? `Brings ${list(connector.record_types.map(({ label }) => label.toLowerCase()))}.` : "",
    );
    setOff(this.#connect, mayNot("manage"));
  }
}

customElements.define("available-card", AvailableCard);
