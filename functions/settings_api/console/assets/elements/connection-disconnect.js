// Disconnecting: two choices with what each would do, in counts, and the name to be typed before it is done. Then how far
// it is, and what is left.

import { ApiError, get, integration as path, post } from "../api.js";
import { h, isOff, newId, setOff, show } from "../dom.js";
import { icon } from "../icons.js";
import { mayNot } from "../session.js";
import { failed, loading } from "../states.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../types.js").Integration} Integration */
/** @typedef {import("../types.js").DisconnectPreview} Preview */
/** @typedef {"form" | "working" | "done"} View */

const NAMES = /** @type {const} */ ({
  keep: "Keep links and records",
  remove: "Remove everything that came from there",
});

export class ConnectionDisconnect extends HTMLElement {
  connector = "";
  /** @type {Integration | null} */
  #integration = null;
  #vendor = "the vendor";
  /** What is shown, so that nothing typed is lost to a new state. @type {View | null} */
  #view = null;

  /**
   * @param {Integration} integration
   * @param {import("../types.js").Connector} connector
   */
  update(integration, connector) {
    this.#integration = integration;
    this.#vendor = connector.short_name;
    const view = viewOf(integration);
    if (view !== this.#view) {
      this.#view = view;
      if (view === "working") this.#showWorking();
      else this.#read();
    }
  }

  async #read() {
    if (mayNot("manage")) {
      this.replaceChildren(h("p", { class: "notice" }, icon("lock"), h("span", {}, mayNot("manage"))));
      return;
    }
    this.replaceChildren(loading("what disconnecting would do", 4));
    try {
      const { data } = await get(path(this.connector, "disconnect-preview"));
      if (this.#view === "form") this.replaceChildren(this.#form(data));
      else if (this.#view === "done") this.replaceChildren(this.#done(), this.#form(data));
    } catch (error) {
      const what = "What disconnecting would do could not be read";
      if (this.#view !== "working") this.replaceChildren(failed(what, error, () => this.#read()));
    }
  }

  /** What was kept can still be removed. @param {Preview} preview */
  #form(preview) {
    const { name } = preview;
    const kept = this.#view === "done";
    const title = kept ? "Remove what was kept" : `Disconnect ${name}`;
    const fieldId = newId("confirm");
    const field = h("input", { class: "input", id: fieldId, type: "text", autocomplete: "off", spellcheck: "false" });
    const button = h("button", { class: "button danger", type: "submit" }, kept ? "Remove" : title);
    const problem = h("div", { class: "notice bad", role: "alert", hidden: true });
    const choices = h(
      "fieldset",
      { class: "data-choices" },
      h("legend", {}, `What becomes of what came from ${this.#vendor}?`),
      kept ? null : choice("keep", preview.keep, true),
      choice("remove", preview.remove, kept),
    );
    const form = h(
      "form",
      { class: "panel disconnect" },
      h("h3", {}, title),
      choices,
      h("div", { class: "field" }, h("label", { for: fieldId }, `Type ${name} to confirm`), field),
      problem,
      h("div", { class: "choices" }, button),
    );
    const check = () => setOff(button, field.value.trim() === name ? null : `Type ${name} first.`);
    field.addEventListener("input", check);
    check();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isOff(button)) return;
      setOff(button, "One moment, please.");
      show(problem, false);
      const error = await this.#disconnect(String(new FormData(form).get("data")), field.value.trim());
      if (!error) return;
      check();
      problem.replaceChildren(icon("alert"), h("div", {}, h("strong", {}, `${name} could not be disconnected`), error));
      show(problem, true);
    });
    return form;
  }

  /**
   * @param {string} data
   * @param {string} confirm
   * @returns {Promise<string>} what went wrong
   */
  async #disconnect(data, confirm) {
    try {
      await post(path(this.connector, "disconnect"), { data, confirm });
      announce("Disconnecting");
      this.#view = "working";
      this.#showWorking();
      this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
      return "";
    } catch (error) {
      return error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
    }
  }

  /** How far it is stands in the page's head, as of every run. */
  #showWorking() {
    const name = this.#integration?.name;
    this.replaceChildren(panel(`${name} is being disconnected`, "You can leave this page; it goes on by itself."));
  }

  #done() {
    const text =
      "What was kept can be read and no longer changes. Reconnect the same account, and it goes on from there.";
    return panel(`${this.#integration?.name} is disconnected`, text);
  }
}

/**
 * @param {Integration} integration
 * @returns {View}
 */
function viewOf({ reason }) {
  if (reason === "disconnecting") return "working";
  return reason === "credentials_missing" ? "done" : "form";
}

/**
 * @param {string} title
 * @param {string} text
 */
function panel(title, text) {
  return h("section", { class: "panel" }, h("h3", {}, title), h("p", { class: "secondary" }, text));
}

/**
 * @param {"keep" | "remove"} id
 * @param {import("../types.js").DataChoice} would
 * @param {boolean} checked
 */
function choice(id, { lines }, checked) {
  return h(
    "label",
    { class: "data-choice" },
    h("input", { type: "radio", name: "data", value: id, checked }),
    h(
      "span",
      {},
      h("strong", {}, NAMES[id]),
      lines.map((line) => h("span", { class: "line" }, line)),
    ),
  );
}

customElements.define("connection-disconnect", ConnectionDisconnect);
