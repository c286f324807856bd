// The set-up dialog: credentials, options, test, enable. Each step is saved before the next is shown, and the dialog opens
// at the first unfinished one. Which step is shown is part of the address, so Back works, once what is entered may be left.

import { ApiError, get } from "../api.js";
import { newStep, STEP_NAMES, stepsOf } from "../connect-steps.js";
import { h, isOff, newId, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { mark } from "../marks.js";
import { setQuery } from "../router.js";
import { mayNot } from "../session.js";
import { mayLeave, watch } from "../unsaved.js";
import { SetupSteps } from "./setup-steps.js";
import { announce, toast } from "./toast-region.js";

/** @typedef {import("../connect-steps.js").Setup} Setup */
/** @typedef {import("../connect-steps.js").Step} Step */

export class ConnectDialog extends HTMLElement {
  #dialog = h("dialog", { class: "setup", "aria-labelledby": newId("setup") });
  #head = h("header", { class: "setup-head" });
  #list = new SetupSteps();
  #title = h("h3", { class: "step-title", tabindex: "-1" });
  #lead = h("p", { class: "secondary" });
  #note = h("div");
  #problem = h("div", { class: "notice bad", role: "alert" });
  #outlet = h("div", { class: "step" });
  #back = h("button", { class: "button", type: "button" }, "Back");
  #next = h("button", { class: "button primary reason-end", type: "button" });
  #panel = h("div", { class: "setup-panel" });

  /** @type {import("../types.js").Connector | null} */
  #connector = null;
  /** @type {Setup | null} */
  #setup = null;
  /** @type {Step | null} */
  #step = null;
  #shown = "";
  /** The step that is on its way; what is shown follows once it could be read. */
  #wanted = "";
  #furthest = 0;
  #working = false;
  #noteText = "";
  #noteTone = "good";
  #unwatch = () => {};

  connectedCallback() {
    this.#unwatch = watch({ under: ["connect", "step"], dirty: () => this.#dirty, mayLeave });
    if (this.childElementCount > 0) return;
    this.#panel.append(h("div", { class: "step-head" }, this.#title, this.#lead), this.#note, this.#outlet);
    const foot = h(
      "footer",
      { class: "setup-foot" },
      this.#problem,
      h("div", { class: "choices" }, this.#back, this.#next),
    );
    this.#dialog.append(this.#head, h("div", { class: "setup-body" }, this.#list, this.#panel), foot);
    this.append(this.#dialog);
    this.#dialog.addEventListener("cancel", (event) => {
      if (event.target !== this.#dialog) return;
      event.preventDefault();
      this.#leave();
    });
    this.#dialog.addEventListener("close", () => {
      if (this.#connector) this.#left();
    });
    this.#outlet.addEventListener("step-changed", () => this.#renderFoot());
    this.#outlet.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#goOn();
    });
    this.#next.addEventListener("click", () => {
      if (!isOff(this.#next)) this.#goOn();
    });
    this.#back.addEventListener("click", () => this.#goTo(this.#steps[this.#steps.indexOf(this.#shown) - 1]));
  }

  disconnectedCallback() {
    this.#unwatch();
    // What is still being saved leads nowhere any more.
    this.#step = null;
  }

  get connectorId() {
    return this.#connector?.id;
  }

  /**
   * Does what the address says: opens, changes the step, closes.
   *
   * @param {import("../types.js").Connector | null} connector
   * @param {string | null} step
   */
  follow(connector, step) {
    if (!connector) {
      this.#connector = null;
      this.#step = null;
      if (this.#dialog.open) this.#dialog.close();
    } else if (connector.id !== this.#connector?.id) {
      this.#open(connector, step);
    } else if (this.#setup && step && step !== this.#wanted) {
      this.#show(step);
    }
  }

  /** @param {import("../types.js").Connector} connector @param {string | null} step */
  async #open(connector, step) {
    this.#connector = connector;
    this.#setup = null;
    this.#step = null;
    this.#shown = "";
    this.#wanted = "";
    this.#noteText = "";
    this.#renderHead(connector);
    this.#list.clear();
    this.#outlet.replaceChildren();
    setText(this.#title, "One moment…");
    setText(this.#lead, "");
    show(this.#note, false);
    show(this.#problem, false);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#renderFoot();
    if (!(await this.#read())) {
      if (connector === this.#connector) this.#offerAgain(connector, step);
      return;
    }
    const { next } = this.#integration.setup;
    const unfinished = this.#steps.indexOf(next || "");
    this.#furthest = unfinished < 0 ? this.#steps.length - 1 : unfinished;
    const wanted = this.#steps.indexOf(step || next || "credentials");
    await this.#show(this.#steps[Math.max(0, Math.min(wanted, this.#furthest))], true);
  }

  /** What could not be read; why stands below. @param {import("../types.js").Connector} connector @param {string | null} step */
  #offerAgain(connector, step) {
    const again = h("button", { class: "button primary", type: "button" }, "Try again");
    again.addEventListener("click", () => this.#open(connector, step));
    setText(this.#title, "The set-up could not be read");
    this.#outlet.replaceChildren(again);
    again.focus();
  }

  /** Reads the integration anew: each step starts from what is stored. */
  async #read() {
    const connector = this.#connector;
    if (!connector) return false;
    const path = `/v1/integrations/${encodeURIComponent(connector.id)}`;
    try {
      const { data, etag } = await get(path);
      if (connector !== this.#connector) return false;
      const note = (/** @type {string} */ text, /** @type {"good" | "warn"} */ tone) => {
        this.#noteText = text;
        this.#noteTone = tone;
      };
      this.#setup = { connector, integration: data, etag, path, note };
      return true;
    } catch (error) {
      this.#complain(error);
      return false;
    }
  }

  get #integration() {
    return /** @type {Setup} */ (this.#setup).integration;
  }

  get #steps() {
    return stepsOf(this.#setup?.integration);
  }

  /** @param {string} step @param {boolean} [fresh] the integration was read just now */
  async #show(step, fresh = false) {
    this.#wanted = step;
    const known = fresh || (await this.#read());
    if (this.#wanted !== step) return;
    if (!known || !this.#setup) {
      // The step before still stands there: Next, or the next look at the address, tries again.
      this.#wanted = this.#shown;
      return;
    }
    this.#shown = step;
    this.#step = newStep(step, this.#setup);
    this.#furthest = Math.max(this.#furthest, this.#steps.indexOf(step));
    setText(this.#title, this.#step.heading);
    setText(this.#lead, this.#step.lead);
    setText(this.#note, this.#noteText);
    setAttribute(this.#note, "class", `notice ${this.#noteTone}`);
    show(this.#note, this.#noteText);
    show(this.#problem, false);
    this.#noteText = "";
    this.#outlet.replaceChildren(this.#step);
    this.#panel.scrollTop = 0;
    this.#renderList();
    this.#renderFoot();
    if (step === "credentials")
      /** @type {HTMLElement | null} */ (this.#outlet.querySelector("credential-field"))?.focus();
    else this.#title.focus();
  }

  /** @param {import("../types.js").Connector} connector */
  #renderHead(connector) {
    const close = h(
      "button",
      { class: "button quiet icon-only", type: "button", "aria-label": "Close set-up" },
      icon("close"),
    );
    close.addEventListener("click", () => this.#leave());
    const id = this.#dialog.getAttribute("aria-labelledby");
    this.#head.replaceChildren(
      mark(connector.id, connector.name),
      h("div", {}, h("h2", { id }, `Set up ${connector.name}`), h("p", { class: "secondary" }, connector.about)),
      close,
    );
  }

  #renderList() {
    const state = {
      names: this.#steps.map((step) => STEP_NAMES[step]),
      shown: this.#steps.indexOf(this.#shown),
      furthest: this.#furthest,
      allDone: this.#integration.enabled,
    };
    this.#list.update(state, (at) => this.#goTo(this.#steps[at]));
  }

  #renderFoot() {
    const off = this.#working
      ? "One moment, please."
      : mayNot("manage") || (this.#setup ? this.#step?.nextOff || null : "One moment, please.");
    setOff(this.#next, off);
    this.#next.replaceChildren(...(this.#working ? [h("span", { class: "spinner" })] : []), this.#nextLabel);
    show(this.#back, this.#steps.indexOf(this.#shown) > 0);
  }

  get #nextLabel() {
    if (this.#working) return "One moment…";
    const last = this.#steps.indexOf(this.#shown) === this.#steps.length - 1;
    return last && this.#shown !== "enable" ? "Done" : this.#step?.nextLabel || "Next";
  }

  async #goOn() {
    if (this.#working || !this.#step || isOff(this.#next)) return;
    const step = this.#step;
    this.#working = true;
    show(this.#problem, false);
    this.#renderFoot();
    try {
      if ((await step.next()) && step === this.#step) this.#advance();
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#working = false;
      this.#renderFoot();
    }
  }

  #advance() {
    const next = this.#steps[this.#steps.indexOf(this.#shown) + 1];
    this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
    if (next) {
      this.#goTo(next);
      return;
    }
    const { name, enabled } = this.#integration;
    this.#left();
    toast(enabled ? `${name} is set up.` : `${name} is switched on.`);
  }

  /** @param {string} step */
  async #goTo(step) {
    if (this.#working && !this.#step) return;
    if (this.#dirty && !(await mayLeave())) return;
    setQuery({ step });
  }

  async #leave() {
    if (!this.#dirty || (await mayLeave())) this.#left();
  }

  get #dirty() {
    return Boolean(this.#step?.dirty);
  }

  #left() {
    this.#step = null;
    this.dispatchEvent(new CustomEvent("dialog-closed"));
  }

  /** @param {unknown} error */
  #complain(error) {
    if (!(error instanceof ApiError)) throw error;
    this.#problem.replaceChildren(icon("alert"), h("div", {}, h("strong", {}, error.title), error.detail));
    show(this.#problem, true);
    announce(error.sentence);
  }
}

customElements.define("connect-dialog", ConnectDialog);
