// Settings → Integrations → Connections: what needs somebody, what is connected, what could be. Asks the API again every
// 2 seconds while something syncs or waits to, else every 30, and patches what is there. The order of the cards is made
// when the page opens or its filter changes, not under the reader's eyes.

import { ApiError, get, items } from "../api.js";
import { byUrgency, everConnected } from "../attention.js";
import { catalogue } from "../catalogue.js";
import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { Poll } from "../poll.js";
import { closeQuery, queryValue, setQuery } from "../router.js";
import { setTime, timeElement } from "../time.js";
import "./attention-strip.js";
import { AvailableCard } from "./available-card.js";
import { ConnectionCard } from "./connection-card.js";
import "./connect-dialog.js";
import { INTEGRATION_TABS, pageTabs } from "./page-tabs.js";
import { isUnderWay } from "./run-progress.js";

/** @typedef {import("../types.js").Integration} Integration */

const BUSY = 2000;
const CALM = 30_000;
/** So long after something was done its effect is looked for at the faster pace. */
const EXPECTING = 15_000;
/** While the portal does not answer. */
const PATIENT = 10_000;

class ConnectionsPage extends HTMLElement {
  /** @type {Integration[] | null} */
  #integrations = null;
  /** @type {Map<string, import("../types.js").Connector>} */
  #catalogue = new Map();
  /** @type {string | null} */
  #etag = null;
  /** When something was last done from here. */
  #doneAt = 0;
  /** When the state shown was read. */
  #readAt = "";
  /** The connectors in the order in which they are shown. @type {string[]} */
  #order = [];
  #poll = new Poll(
    () => this.#read(),
    () => this.#pace(),
  );

  #attention = /** @type {import("./attention-strip.js").AttentionStrip} */ (document.createElement("attention-strip"));
  #dialog = /** @type {import("./connect-dialog.js").ConnectDialog} */ (document.createElement("connect-dialog"));
  #staleSince = timeElement();
  #stale = h("div", { class: "notice warn", role: "status", hidden: true });
  #failed = h("div", { class: "blank failed", role: "alert", hidden: true });
  #filters = h("div", { class: "filters", role: "group", "aria-label": "Category" });
  #blank = h("div", { class: "blank", hidden: true });
  #connected = h("div", { class: "cards", role: "list" });
  #available = h("div", { class: "cards", role: "list" });
  #connectedSection = h("section", { "aria-labelledby": "connected-title", hidden: true });
  #availableSection = h("section", { "aria-labelledby": "available-title", hidden: true });
  #add = h("button", { class: "button primary", type: "button", hidden: true }, icon("plus"), "Add integration");

  connectedCallback() {
    this.#add.addEventListener("click", () => this.#toAvailable());
    this.#stale.append(
      icon("alert"),
      h("p", {}, "We cannot reach the portal at the moment. This is how things stood ", this.#staleSince, "."),
    );
    this.#connectedSection.append(h("h2", { id: "connected-title" }, "Connected"), this.#connected);
    this.#availableSection.append(h("h2", { id: "available-title", tabindex: "-1" }, "Available"), this.#available);
    this.append(
      h(
        "header",
        { class: "page-head" },
        h(
          "div",
          {},
          h("h1", { tabindex: "-1" }, "Integrations"),
          h("p", {}, "Connect the systems you work in, and see how each is keeping in step."),
        ),
        this.#add,
      ),
      pageTabs("Integrations", INTEGRATION_TABS),
      this.#stale,
      this.#failed,
      this.#attention,
      this.#filters,
      this.#blank,
      this.#connectedSection,
      this.#availableSection,
      skeleton(),
      this.#dialog,
    );
    this.addEventListener("connection-changed", () => {
      this.#doneAt = Date.now();
      this.#poll.now();
    });
    this.addEventListener("show-connection", (event) => this.#showCard(/** @type {CustomEvent} */ (event).detail));
    this.#dialog.addEventListener("dialog-closed", () => closeQuery({ connect: null, step: null }));
    this.#poll.start();
  }

  disconnectedCallback() {
    this.#poll.stop();
  }

  routeChanged() {
    if (this.#integrations) this.#render({ sort: true });
  }

  #pace() {
    if (!this.#stale.hidden || !this.#failed.hidden) return PATIENT;
    const busy = this.#integrations?.some(({ status, run }) => status === "syncing" || isUnderWay(run));
    return busy || Date.now() < this.#doneAt + EXPECTING ? BUSY : CALM;
  }

  async #read() {
    try {
      this.#catalogue = await catalogue();
      const answer = await get("/v1/integrations?limit=200", { etag: this.#etag });
      if (!this.isConnected) return;
      this.#readAt = new Date().toISOString();
      show(this.#stale, false);
      if (answer.unchanged) return;
      const first = this.#integrations === null;
      this.#etag = answer.etag;
      this.#integrations = items(answer);
      this.#render({ sort: first });
    } catch (error) {
      if (this.isConnected) this.#fail(error);
    }
  }

  /** Old news are marked as such; no news at all is an error with a way to try again. @param {unknown} error */
  #fail(error) {
    if (this.#integrations) {
      setTime(this.#staleSince, this.#readAt);
      show(this.#stale, true);
      return;
    }
    const problem = error instanceof ApiError ? error : new ApiError(500, {});
    const again = h("button", { class: "button primary", type: "button" }, "Try again");
    again.addEventListener("click", () => this.#poll.now());
    const detail = problem.detail || "The list of integrations could not be read. Try again in a moment.";
    this.#failed.replaceChildren(h("h2", {}, problem.title), h("p", {}, detail), again);
    show(this.#failed, true);
    show(/** @type {HTMLElement} */ (this.querySelector(".loading")), false);
  }

  /** @param {{sort: boolean}} how */
  #render({ sort }) {
    const all = this.#integrations || [];
    if (sort || all.some(({ connector }) => !this.#order.includes(connector))) {
      this.#order = [...all].sort(byUrgency).map(({ connector }) => connector);
    }
    const wanted = queryValue("category");
    const ordered = [...all].sort((a, b) => this.#order.indexOf(a.connector) - this.#order.indexOf(b.connector));
    const shown = ordered.filter(({ category }) => !wanted || category === wanted);
    const connected = shown.filter(everConnected);
    const available = shown.filter((integration) => !everConnected(integration));
    const nothing = !all.some(everConnected);
    const held = focusedCard() || this.#dialog.connectorId;

    show(/** @type {HTMLElement} */ (this.querySelector(".loading")), false);
    show(this.#failed, false);
    show(this.#add, !nothing && all.some((integration) => !everConnected(integration)));
    this.#attention.update(ordered, this.#catalogue);
    this.#renderFilters(all, wanted);
    this.#renderBlank(nothing);
    show(this.#connectedSection, connected.length > 0);
    show(this.#availableSection, available.length > 0);
    reconcile(
      this.#connected,
      connected,
      keyOf,
      (integration) => new ConnectionCard(integration),
      (card, integration) => {
        card.update(integration, this.#catalogue.get(integration.connector));
      },
    );
    reconcile(
      this.#available,
      available,
      keyOf,
      (integration) => new AvailableCard(integration),
      (card, integration) => {
        card.update(this.#catalogue.get(integration.connector));
      },
    );
    this.#dialog.follow(this.#catalogue.get(queryValue("connect") || "") || null, queryValue("step"));
    // A card that changed sections, or a dialog that closed, may have taken the focus with it.
    if (held && focusIsLost()) {
      /** @type {HTMLElement | null} */ ((this.#card(held) || this).querySelector("h3, h1"))?.focus();
    }
  }

  /**
   * @param {Integration[]} all
   * @param {string | null} wanted
   */
  #renderFilters(all, wanted) {
    const categories = ["", ...new Set(all.map(({ category }) => category))];
    show(this.#filters, categories.length > 2);
    reconcile(
      this.#filters,
      categories,
      (category) => category,
      filterButton,
      (button, category) => {
        setAttribute(button, "aria-pressed", String(category === (wanted || "")));
      },
    );
  }

  /** @param {boolean} nothing */
  #renderBlank(nothing) {
    show(this.#blank, nothing);
    if (!nothing || this.#blank.childElementCount > 0) return;
    const start = h("button", { class: "button primary", type: "button" }, "Choose your PSA");
    start.addEventListener("click", () => {
      setQuery({ category: "PSA" });
      this.#toAvailable();
    });
    this.#blank.append(
      h("h2", {}, "Nothing is connected yet"),
      h(
        "p",
        {},
        "Begin with your PSA: your companies, their contacts and their tickets come from there. RMM, Microsoft 365 and billing then attach to the same companies.",
      ),
      start,
    );
  }

  #toAvailable() {
    this.#availableSection.scrollIntoView({ block: "start" });
    this.#availableSection.querySelector("h2")?.focus({ preventScroll: true });
  }

  /** @param {string} connector */
  #showCard(connector) {
    if (queryValue("category")) setQuery({ category: null });
    const card = this.#card(connector);
    if (card instanceof ConnectionCard) card.reveal();
  }

  /** @param {string} connector */
  #card(connector) {
    return this.querySelector(`.cards > [data-key="${CSS.escape(connector)}"]`);
  }
}

/** Whether the focus is nowhere, or still in a dialog that has closed. */
function focusIsLost() {
  const focused = document.activeElement;
  return !focused || focused === document.body || focused.closest("dialog:not([open])") !== null;
}

/** The connector on whose card the focus is. */
function focusedCard() {
  const card = document.activeElement?.closest("connection-card, available-card");
  return card instanceof HTMLElement ? card.dataset.key : undefined;
}

/** @param {Integration} integration */
function keyOf(integration) {
  return integration.connector;
}

/** @param {string} category empty: every one */
function filterButton(category) {
  const button = h("button", { class: "filter", type: "button" }, category || "All");
  button.addEventListener("click", () => setQuery({ category: category || null }));
  return button;
}

function skeleton() {
  const card = () => h("div", { class: "skeleton card-skeleton" });
  return h(
    "div",
    { class: "loading", role: "status" },
    h("span", { class: "visually-hidden" }, "Loading integrations"),
    h("div", { class: "cards" }, card(), card(), card()),
  );
}

customElements.define("connections-page", ConnectionsPage);
