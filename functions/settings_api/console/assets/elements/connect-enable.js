// Last step: says what will happen from now on, and switches it on. The API tests once more before it does.

import { switchOn } from "../actions.js";
import { h } from "../dom.js";
import { list, sentenceCase } from "../words.js";

export class ConnectEnable extends HTMLElement {
  #setup;

  /** @param {import("../connect-steps.js").Setup} setup */
  constructor(setup) {
    super();
    this.#setup = setup;
    this.heading = "Switch on automatic sync";
    this.lead = "You can pause it at any time; credentials and links stay.";
    this.nextLabel = "Enable";
    this.dirty = false;
    this.nextOff =
      setup.integration.options.record_types.length === 0 ? "Choose at least one record type under Options." : null;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { connector, integration } = this.#setup;
    const { options, account } = integration;
    const types = connector.record_types
      .filter(({ id }) => options.record_types.includes(id))
      .map(({ label }) => label.toLowerCase());
    const begin = options.initial_import
      ? "The first sync starts at once and imports what exists."
      : "Companies are read at once; of the rest only what is created or changed from now on arrives.";
    const lines = [
      ["Account", account?.name || "Not known yet"],
      ["Syncs", types.length > 0 ? sentenceCase(list(types)) : "Nothing is chosen"],
      ["How often", `Every ${options.interval_minutes} minutes`],
      ["To begin with", begin],
    ];
    this.append(
      h(
        "dl",
        { class: "sum-up" },
        lines.map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", {}, text))),
      ),
    );
  }

  async next() {
    const { id, name } = this.#setup.connector;
    await switchOn(id, name, () => this.isConnected);
    return true;
  }
}

customElements.define("connect-enable", ConnectEnable);
