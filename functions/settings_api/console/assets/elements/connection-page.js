// Settings → Integrations → one connection: who it is and what can be done above, one tab of many below. Each tab has an
// address of its own; what stands above the tabs stays while they change. Asks the API again every 2 seconds while
// something syncs or waits to, else every 30.
//
// A tab's element has `connector`, the connector's id, set before it is shown, and `update(integration, connector)` if it
// wants every new state of the connection. It is made when its tab is opened and dropped with it. It may ask for another
// look at the connection by a `connection-changed` event.

import { ApiError, get, integration as path } from "../api.js";
import { catalogue } from "../catalogue.js";
import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { connectionPage } from "../places.js";
import { Poll } from "../poll.js";
import { closeQuery, href, queryValue, routeValue, setTitle } from "../router.js";
import { failed, loading } from "../states.js";
import { setTime, timeElement } from "../time.js";
import { ConnectDialog } from "./connect-dialog.js";
import { ConnectionHead } from "./connection-head.js";
import "./connection-disconnect.js";
import "./connection-log.js";
import "./connection-mapping.js";
import "./connection-options.js";
import "./connection-overview.js";
import "./connection-webhooks.js";
import { markTab } from "./page-tabs.js";
import { isUnderWay } from "./run-progress.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../types.js").Integration} Integration */
/** @typedef {import("../types.js").Connector} Connector */
/** @typedef {HTMLElement & {connector: string, update?: (integration: Integration, connector: Connector) => void}} Tab */

/** @type {{id: import("../places.js").ConnectionTab, label: string, element: string}[]} */
const TABS = [
  { id: "overview", label: "Overview", element: "connection-overview" },
  { id: "options", label: "Options", element: "connection-options" },
  { id: "field-mapping", label: "Field mapping", element: "connection-mapping" },
  { id: "sync-log", label: "Sync log", element: "connection-log" },
  { id: "webhooks", label: "Webhooks", element: "connection-webhooks" },
  { id: "disconnect", label: "Disconnect", element: "connection-disconnect" },
];

const BUSY = 2000;
const CALM = 30_000;
/** So long after something was done its effect is looked for at the faster pace. */
const EXPECTING = 15_000;
/** While the portal does not answer. */
const PATIENT = 10_000;

class ConnectionPage extends HTMLElement {
  #id = routeValue("connector");
  /** @type {Integration | null} */
  #integration = null;
  /** @type {Connector | null} */
  #connector = null;
  /** @type {string | null} */
  #etag = null;
  #readAt = "";
  #trouble = false;
  #doneAt = 0;
  /** The tab that is shown. */
  #shown = "";
  /** @type {Tab | null} */
  #tab = null;
  #poll = new Poll(
    () => this.#read(),
    () => this.#pace(),
  );

  #head = new ConnectionHead();
  #staleSince = timeElement();
  #stale = h("div", { class: "notice warn", role: "status", hidden: true });
  #links = h("nav", { class: "tabs", "aria-label": "Parts of this page", hidden: true });
  #title = h("h2", { class: "visually-hidden", tabindex: "-1" });
  #outlet = h("div", { class: "tab" }, loading("the integration"));
  #dialog = new ConnectDialog();

  connectedCallback() {
    this.#stale.append(
      icon("alert"),
      h("p", {}, "We cannot reach the portal at the moment. This is how things stood ", this.#staleSince, "."),
    );
    this.append(
      h("a", { class: "way-back", href: href("/settings/integrations") }, icon("chevron"), "Integrations"),
      this.#head,
      this.#stale,
      this.#links,
      this.#title,
      this.#outlet,
      this.#dialog,
    );
    this.addEventListener("connection-changed", () => {
      this.#doneAt = Date.now();
      this.#poll.now();
    });
    this.#dialog.addEventListener("dialog-closed", () => closeQuery({ connect: null, step: null }));
    this.#poll.start();
  }

  disconnectedCallback() {
    this.#poll.stop();
  }

  routeChanged() {
    const before = this.#shown;
    this.#render();
    if (before && this.#shown !== before) this.#title.focus({ preventScroll: true });
  }

  #pace() {
    if (this.#trouble) return PATIENT;
    const busy = this.#integration?.status === "syncing" || isUnderWay(this.#integration?.run);
    return busy || Date.now() < this.#doneAt + EXPECTING ? BUSY : CALM;
  }

  async #read() {
    try {
      this.#connector = (await catalogue()).get(this.#id) || null;
      const answer = await get(path(this.#id), { etag: this.#etag });
      if (!this.isConnected) return;
      this.#readAt = new Date().toISOString();
      this.#trouble = false;
      show(this.#stale, false);
      if (answer.unchanged) return;
      this.#etag = answer.etag;
      this.#tellOfEnd(answer.data);
      this.#integration = answer.data;
      this.#render();
    } catch (error) {
      if (this.isConnected) this.#fail(error);
    }
  }

  /** Taking a connection down takes a while, and its page may look quite different afterwards. @param {Integration} now */
  #tellOfEnd(now) {
    if (this.#integration?.reason !== "disconnecting" || now.reason === "disconnecting") return;
    toast(`${now.name} is disconnected.`);
  }

  /** Old news are marked as such; no news at all is an error with a way to try again. @param {unknown} error */
  #fail(error) {
    this.#trouble = true;
    if (this.#integration) {
      setTime(this.#staleSince, this.#readAt);
      show(this.#stale, true);
    } else if (error instanceof ApiError && error.status === 404) {
      this.#poll.stop();
      setTitle("Not found");
      this.replaceChildren(document.createElement("missing-page"));
    } else {
      this.#outlet.replaceChildren(failed("The integration could not be read", error, () => this.#poll.now()));
    }
  }

  #render() {
    const [integration, connector] = [this.#integration, this.#connector];
    if (!integration || !connector) return;
    this.#head.update(integration, connector, this.#etag);
    this.#showTab(integration, connector);
    this.#tab?.update?.(integration, connector);
    this.#dialog.follow(queryValue("connect") === this.#id ? connector : null, queryValue("step"));
  }

  /**
   * @param {Integration} integration
   * @param {Connector} connector
   */
  #showTab(integration, connector) {
    const never = integration.reason === "never_connected";
    const tabs = never ? [] : TABS.filter((tab) => fits(tab, connector));
    const wanted = tabs.find(({ id }) => id === routeValue("tab")) || tabs[0];
    const shown = wanted ? wanted.id : "nothing";
    setTitle(...(wanted ? [wanted.label] : []), integration.name);
    if (shown === this.#shown) return;
    this.#shown = shown;
    show(this.#links, tabs.length > 0);
    this.#renderLinks(tabs, shown);
    setText(this.#title, wanted ? wanted.label : "Not connected");
    if (!wanted) {
      this.#tab = null;
      this.#outlet.replaceChildren(notConnected(connector));
      return;
    }
    this.#tab = /** @type {Tab} */ (document.createElement(wanted.element));
    this.#tab.connector = this.#id;
    this.#outlet.replaceChildren(this.#tab);
  }

  /**
   * @param {typeof TABS} tabs
   * @param {string} shown
   */
  #renderLinks(tabs, shown) {
    reconcile(
      this.#links,
      tabs,
      ({ id }) => id,
      ({ id, label }) => h("a", { href: href(connectionPage(this.#id, id)) }, label),
      (link, { id }) => markTab(link, id === shown),
    );
  }
}

/**
 * @param {{id: string, element: string}} tab
 * @param {Connector} connector
 */
function fits({ id, element }, connector) {
  if (!customElements.get(element)) return false;
  return id !== "webhooks" || connector.webhook.mode !== "none";
}

/** @param {Connector} connector */
function notConnected({ name, about, record_types: types }) {
  const brings = types.map(({ label }) => label).join(", ");
  return h(
    "div",
    { class: "blank" },
    h("h2", {}, `${name} is not connected`),
    h("p", {}, `${about.charAt(0).toUpperCase()}${about.slice(1)}. It brings: ${brings}.`),
  );
}

customElements.define("connection-page", ConnectionPage);
