// Above the cards, and only when true: "2 integrations need attention", each with one sentence and one button.

import { attentionSentence, needsAttention } from "../attention.js";
import { h, isOff, newId, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { remedy } from "../remedies.js";
import { plural } from "../words.js";

/** @typedef {import("../types.js").Integration} Integration */

export class AttentionStrip extends HTMLElement {
  #title = h("h2", { id: newId("attention") });
  #rows = h("div", { class: "attention-rows", role: "list" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "region");
    setAttribute(this, "aria-labelledby", this.#title.id);
    this.append(h("div", { class: "attention-head" }, icon("alert"), this.#title), this.#rows);
    show(this, false);
  }

  /**
   * @param {Integration[]} integrations
   * @param {Map<string, import("../types.js").Connector>} catalogue
   */
  update(integrations, catalogue) {
    const urgent = integrations.filter(needsAttention);
    show(this, urgent.length > 0);
    setText(this.#title, `${plural(urgent.length, "integration needs", "integrations need")} attention`);
    reconcile(
      this.#rows,
      urgent,
      ({ connector }) => connector,
      () => new AttentionRow(),
      (row, integration) =>
        row.update(integration, catalogue.get(integration.connector)?.short_name || integration.name),
    );
  }
}

class AttentionRow extends HTMLElement {
  #name = h("strong");
  #sentence = h("span");
  #button = h("button", { class: "button reason-end", type: "button" });
  #act = () => {};

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "listitem");
    this.#button.addEventListener("click", () => {
      if (!isOff(this.#button)) this.#act();
    });
    this.append(h("p", {}, this.#name, " ", this.#sentence), this.#button);
  }

  /**
   * @param {Integration} integration
   * @param {string} vendor
   */
  update(integration, vendor) {
    const issue = integration.issues.find(({ cause }) => cause === "config");
    const reason = integration.reason;
    const how = remedy(integration, issue || (reason ? { reason } : undefined), () => this.#tell("connection-changed"));
    const label = how ? how.label : "Show";
    setText(this.#name, integration.name);
    setText(this.#sentence, attentionSentence(integration, vendor));
    setText(this.#button, label);
    setAttribute(this.#button, "aria-label", `${label}: ${integration.name}`);
    setOff(this.#button, how ? how.off : null);
    this.#act = how ? how.act : () => this.#tell("show-connection", integration.connector);
  }

  /**
   * @param {string} event
   * @param {string} [detail]
   */
  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }));
  }
}

customElements.define("attention-row", AttentionRow);
customElements.define("attention-strip", AttentionStrip);
