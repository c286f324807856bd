// What can be done to a connection: the one button that is next, Sync now, and a menu. The same on its card and on its
// page.

import { openSetup, pause, resume } from "../actions.js";
import { get, integration as path } from "../api.js";
import { mend, setupUnfinished } from "../attention.js";
import { h, isOff, setOff, setText, show } from "../dom.js";
import { importCompanies } from "../places.js";
import { navigate } from "../router.js";
import { mayNot, me } from "../session.js";
import { supportText } from "../support.js";
import "./action-menu.js";
import { SyncButton } from "./sync-button.js";
import { announce, toast } from "./toast-region.js";

/** @typedef {import("../types.js").Integration} Integration */

/** What the set-up is called where there is nothing to go on from. @type {Record<string, string>} */
const SETUP = { never_connected: "Connect", credentials_missing: "Reconnect" };

export class ConnectionActions extends HTMLElement {
  /** @type {Integration | null} */
  #integration = null;
  /** @type {string | null} */
  #version = null;
  #setup = h("button", { class: "button primary", type: "button" });
  #resume = h("button", { class: "button primary", type: "button" }, "Resume");
  #sync = new SyncButton();
  #menu = /** @type {import("./action-menu.js").ActionMenu} */ (document.createElement("action-menu"));
  #busy = false;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(this.#setup, this.#resume, this.#sync, this.#menu);
    this.#on(this.#setup, () => openSetup(this.#current.connector));
    this.#on(this.#resume, () => this.#doing(() => resume(this.#current)));
  }

  /**
   * @param {Integration} integration
   * @param {string | null} [version] of its settings
   */
  update(integration, version = null) {
    if (!this.#integration) this.#menu.setup(`More for ${integration.name}`, () => this.#items());
    this.#integration = integration;
    this.#version = version;
    this.#render();
  }

  get #current() {
    return /** @type {Integration} */ (this.#integration);
  }

  #render() {
    const { status, issues, reason } = this.#current;
    const never = reason === "never_connected";
    const ends = reason === "disconnecting";
    const unfinished = setupUnfinished(this.#current);
    const paused = !unfinished && !never && !ends && this.#paused;
    const reconnect = !unfinished && !paused && !ends && status === "disconnected";
    const mended = issues.some((issue) => mend(issue.reason)?.step === "credentials");
    const held = document.activeElement;
    setText(this.#setup, SETUP[reason || ""] || (unfinished ? "Continue set-up" : "Update credentials"));
    show(this.#setup, unfinished || (reconnect && !mended));
    show(this.#resume, paused);
    show(this.#sync, this.#setup.hidden && this.#resume.hidden);
    show(this.#menu, !never);
    setOff(this.#setup, mayNot("manage"));
    setOff(this.#resume, mayNot("manage") || (this.#busy ? "One moment, please." : null));
    this.#sync.update(this.#current);
    // A button that gives way to another hands the focus on.
    if (held instanceof HTMLElement && held.closest("[hidden]") && this.contains(held)) {
      /** @type {HTMLElement | null} */ (this.querySelector(":scope > :not([hidden])"))?.focus();
    }
  }

  /** Nothing can be done any more to what is being taken down. */
  get #ending() {
    return this.#current.reason === "disconnecting" ? "It is being disconnected." : null;
  }

  get #paused() {
    const { reason, enabled, status } = this.#current;
    return reason === "paused" || (!enabled && status !== "disconnected");
  }

  /** @returns {import("./action-menu.js").MenuItem[]} */
  #items() {
    const { connector, name, record_types: types } = this.#current;
    /** @type {import("./action-menu.js").MenuItem[]} */
    const items = [
      {
        label: "Resync everything",
        hint: "Reads every record again and compares. Nothing is deleted first.",
        off: this.#sync.off,
        act: () => this.#sync.start("everything"),
      },
    ];
    const place = types.some(({ id }) => id === "companies") ? importCompanies(connector) : null;
    if (place) items.push({ label: "Import companies", off: mayNot("write"), act: () => navigate(place) });
    items.push(
      {
        label: "Credentials and set-up",
        off: mayNot("manage") || this.#ending,
        act: () => openSetup(connector, "credentials"),
      },
      this.#pauseItem(name),
      {
        label: "Copy for support",
        hint: "Ids, states and times. No names, no secrets.",
        act: () => this.#copy(),
      },
    );
    return items;
  }

  /** @param {string} name */
  #pauseItem(name) {
    const unfinished = setupUnfinished(this.#current) ? "Finish the set-up first." : null;
    const off = mayNot("manage") || this.#ending || unfinished;
    if (this.#paused) {
      return { label: `Resume ${name}`, off, act: () => this.#doing(() => resume(this.#current)) };
    }
    const act = () => this.#doing(() => pause(this.#current, () => this.#changed()));
    return { label: `Pause ${name}`, hint: "Credentials and links stay.", off, act };
  }

  /** What the portal puts together for support; if it does not answer, what is known here. */
  async #copy() {
    const known = () => supportText(this.#current, me().tenant.id, this.#version, new Date());
    const told = get(path(this.#current.connector, "support")).then(({ data }) => JSON.stringify(data, null, 2), known);
    // Given as a promise, so that the browser still takes it for the answer to the click.
    const text = told.then((words) => new Blob([words], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]).then(
      () => toast("Copied. Paste it into your message to support."),
      () => toast("The browser does not let this page copy.", { error: true }),
    );
  }

  /** @param {() => Promise<void>} work */
  async #doing(work) {
    if (this.#busy) return;
    this.#busy = true;
    this.#render();
    await work();
    this.#busy = false;
    this.#changed();
    this.#render();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
  }

  /**
   * @param {HTMLElement} button
   * @param {() => void} act
   */
  #on(button, act) {
    button.addEventListener("click", () => {
      const reason = button.getAttribute("data-reason");
      if (!isOff(button)) act();
      else if (reason) announce(reason);
    });
  }
}

customElements.define("connection-actions", ConnectionActions);
