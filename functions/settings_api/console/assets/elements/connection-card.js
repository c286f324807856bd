// A connection: what it is, how it is doing, what to do next. Built once and patched in place at every answer, so that
// nothing jumps and the focus stays where it is.

import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { mark } from "../marks.js";
import { connectionPage } from "../places.js";
import { remedy } from "../remedies.js";
import { href } from "../router.js";
import { plural } from "../words.js";
import { ConnectionActions } from "./connection-actions.js";
import { ConnectionState } from "./connection-state.js";
import { IssueStrip } from "./issue-strip.js";
import { NextStep } from "./next-step.js";
import "./status-pill.js";
import "./sync-details.js";

/** @typedef {import("../types.js").Integration} Integration */

export class ConnectionCard extends HTMLElement {
  #integration;
  #pill = /** @type {import("./status-pill.js").StatusPill} */ (document.createElement("status-pill"));
  #details = /** @type {import("./sync-details.js").SyncDetails} */ (document.createElement("sync-details"));
  #about = h("p", { class: "about" });
  #state = new ConnectionState();
  #issues = h("div", { class: "issues" });
  #more = h("a", { class: "more-issues" });
  #next = new NextStep();
  #actions = new ConnectionActions();

  /** @param {Integration} integration */
  constructor(integration) {
    super();
    this.#integration = integration;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { connector, name, category } = this.#integration;
    const page = href(connectionPage(connector));
    const title = h("h3", { id: newId("card"), tabindex: "-1" }, h("a", { href: page }, name));
    const gear = h("a", { class: "button quiet icon-only", href: page, "aria-label": `Open ${name}` }, icon("gear"));
    setAttribute(this, "role", "listitem");
    setAttribute(this, "aria-labelledby", title.id);
    this.append(
      h("header", {}, mark(connector, name), h("div", {}, title, h("p", { class: "category" }, category)), this.#pill),
      this.#about,
      this.#state,
      this.#issues,
      this.#more,
      this.#next,
      this.#details,
      h("footer", {}, this.#actions, gear),
    );
  }

  /**
   * @param {Integration} integration
   * @param {import("../types.js").Connector | undefined} connector
   */
  update(integration, connector) {
    this.#integration = integration;
    this.#pill.status = integration.status;
    setText(this.#about, connector?.about);
    this.#state.update(integration);
    this.#updateIssues();
    this.#next.update(integration, connector?.short_name || integration.name);
    this.#details.types = integration.record_types;
    this.#actions.update(integration);
  }

  /** The one that matters most; the others are on the page. */
  #updateIssues() {
    const integration = this.#integration;
    const { issues, connector } = integration;
    const first = issues.find(({ cause }) => cause === "config") || issues[0];
    const changed = () => this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
    reconcile(
      this.#issues,
      first ? [first] : [],
      (issue) => issue.id,
      () => new IssueStrip(),
      (strip, issue) => strip.update(issue, remedy(integration, issue, changed)),
    );
    const others = issues.length - 1;
    show(this.#more, others > 0);
    setText(this.#more, `${plural(others, "more problem")}`);
    setAttribute(this.#more, "href", href(connectionPage(connector)));
  }

  /** Brings the card into view, opened, with the focus on its name. */
  reveal() {
    this.#details.open();
    this.scrollIntoView({ block: "center" });
    this.querySelector("h3")?.focus({ preventScroll: true });
  }
}

customElements.define("connection-card", ConnectionCard);
