// Overview of a connection: what needs somebody, the record types, "Why isn't X here?", the call budget, and what it
// signs in with.

import { openSetup } from "../actions.js";
import { apiUsageSentence } from "../api-usage.js";
import { h, isOff, reconcile, setOff, setText, show } from "../dom.js";
import { remedy } from "../remedies.js";
import { mayNot } from "../session.js";
import { BaselineNote } from "./baseline-note.js";
import { ConnectionCredentials } from "./connection-credentials.js";
import { IssueStrip } from "./issue-strip.js";
import { NextStep } from "./next-step.js";
import { RecordTypes } from "./record-types.js";
import { WhyMissing } from "./why-missing.js";

/** @typedef {import("../types.js").Integration} Integration */

export class ConnectionOverview extends HTMLElement {
  connector = "";
  #issues = h("div", { class: "issues" });
  #next = new NextStep();
  #baseline = new BaselineNote();
  #types = new RecordTypes();
  #budget = h("p", { class: "secondary budget" });
  #credentials = new ConnectionCredentials();
  #why = new WhyMissing();
  #vendor = h("span");

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#why.connector = this.connector;
    const change = h("button", { class: "button reason-end", type: "button" }, "Update credentials");
    setOff(change, mayNot("manage"));
    change.addEventListener("click", () => {
      if (!isOff(change)) openSetup(this.connector, "credentials");
    });
    this.append(
      this.#issues,
      this.#next,
      this.#baseline,
      h("section", {}, h("h3", {}, "Record types"), this.#types, this.#budget),
      h("section", { class: "panel" }, h("h3", {}, "Why isn’t it here?"), this.#why),
      h(
        "section",
        { class: "panel" },
        h("div", { class: "panel-head" }, h("h3", {}, "Signed in to ", this.#vendor, " with"), change),
        this.#credentials,
      ),
    );
  }

  /**
   * @param {Integration} integration
   * @param {import("../types.js").Connector} connector
   */
  update(integration, connector) {
    const changed = () => this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
    reconcile(
      this.#issues,
      integration.issues,
      (issue) => issue.id,
      () => new IssueStrip(),
      (strip, issue) => strip.update(issue, remedy(integration, issue, changed)),
    );
    this.#next.update(integration, connector.short_name);
    this.#baseline.update(integration);
    this.#types.update(integration, connector);
    const budget = apiUsageSentence(integration, connector.short_name);
    setText(this.#budget, budget);
    show(this.#budget, budget);
    setText(this.#vendor, connector.short_name);
    this.#why.vendor = connector.short_name;
    this.#credentials.update(integration.credentials, connector.credentials);
  }
}

customElements.define("connection-overview", ConnectionOverview);
