// Above the cards, and only when true: "2 integrations need attention", each with one sentence and one button.

import { openSetup } from "../actions.js";
import { attentionSentence, mend, needsAttention } from "../attention.js";
import { h, isOff, newId, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { mayNot } from "../session.js";
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
    const remedy = mend(issue?.reason || integration.reason);
    setText(this.#name, integration.name);
    setText(this.#sentence, attentionSentence(integration, vendor));
    setText(this.#button, remedy ? remedy.label : "Show");
    setAttribute(this.#button, "aria-label", `${remedy ? remedy.label : "Show"}: ${integration.name}`);
    setOff(this.#button, remedy ? mayNot("manage") : null);
    this.#act = () => {
      if (remedy) openSetup(integration.connector, remedy.step);
      else this.dispatchEvent(new CustomEvent("show-connection", { bubbles: true, detail: integration.connector }));
    };
  }
}

customElements.define("attention-row", AttentionRow);
customElements.define("attention-strip", AttentionStrip);
