// The head of a connection's page: whose it is, how it stands, what can be done to it.

import { h, setText, show } from "../dom.js";
import { mark } from "../marks.js";
import { ConnectionActions } from "./connection-actions.js";
import { ConnectionState } from "./connection-state.js";
import "./status-pill.js";

export class ConnectionHead extends HTMLElement {
  #mark = h("span", { class: "mark skeleton" });
  #name = h("h1", { tabindex: "-1" }, "Integration");
  #pill = /** @type {import("./status-pill.js").StatusPill} */ (document.createElement("status-pill"));
  #account = h("p", { class: "account" });
  #state = new ConnectionState();
  #actions = new ConnectionActions();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    show(this.#pill, false);
    show(this.#actions, false);
    this.append(
      this.#mark,
      h("div", { class: "who" }, h("div", { class: "name" }, this.#name, this.#pill), this.#account, this.#state),
      this.#actions,
    );
  }

  /**
   * @param {import("../types.js").Integration} integration
   * @param {import("../types.js").Connector} connector
   * @param {string | null} version of the settings
   */
  update(integration, connector, version) {
    const { name, status, account, category } = integration;
    const never = integration.reason === "never_connected";
    if (this.#mark.classList.contains("skeleton")) {
      const known = mark(connector.id, name);
      this.#mark.replaceWith(known);
      this.#mark = known;
    }
    setText(this.#name, name);
    show(this.#pill, !never);
    this.#pill.status = status;
    setText(this.#account, account ? accountWords(account) : category);
    show(this.#state, !never);
    this.#state.update(integration);
    show(this.#actions, true);
    this.#actions.update(integration, version);
  }
}

/**
 * The account's name, and its id where the name does not tell it.
 *
 * @param {{id: string, name: string}} account
 */
function accountWords({ id, name }) {
  return !name || name.includes(id) ? name || id : `${name} · ${id}`;
}

customElements.define("connection-head", ConnectionHead);
