// Disconnecting: two choices with what each would do, in counts, and the name to be typed before it is done. Then how far
// it is, and what is left.

import { openSetup } from "../actions.js";
import { ApiError, get, integration as path, post } from "../api.js";
import { h, isOff, newId, setOff, setText, show } from "../dom.js";
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
  #progress = /** @type {import("./run-progress.js").RunProgress} */ (document.createElement("run-progress"));

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
      if (view === "form") this.#read();
      else if (view === "working") this.#showWorking();
      else this.#showDone();
    }
    if (view === "working") this.#updateProgress(integration);
  }

  async #read() {
    if (mayNot("manage")) {
      this.replaceChildren(h("p", { class: "notice" }, icon("lock"), h("span", {}, mayNot("manage"))));
      return;
    }
    this.replaceChildren(loading("what disconnecting would do", 4));
    try {
      const { data } = await get(path(this.connector, "disconnect-preview"));
      if (this.#view === "form") this.#showForm(data);
    } catch (error) {
      const what = "What disconnecting would do could not be read";
      if (this.#view === "form") this.replaceChildren(failed(what, error, () => this.#read()));
    }
  }

  /** @param {Preview} preview */
  #showForm(preview) {
    const { name } = preview;
    const fieldId = newId("confirm");
    const field = h("input", { class: "input", id: fieldId, type: "text", autocomplete: "off", spellcheck: "false" });
    const button = h("button", { class: "button danger", type: "submit" }, `Disconnect ${name}`);
    const problem = h("div", { class: "notice bad", role: "alert", hidden: true });
    const choices = h(
      "fieldset",
      { class: "data-choices" },
      h("legend", {}, `What becomes of what came from ${this.#vendor}?`),
      choice("keep", preview.keep, true),
      choice("remove", preview.remove, false),
    );
    const form = h(
      "form",
      { class: "panel disconnect" },
      h("h3", {}, `Disconnect ${name}`),
      h("p", { class: "secondary" }, "Portal companies and users made by hand stay in any case."),
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
    this.replaceChildren(form);
  }

  /**
   * @param {string} data
   * @param {string} confirm
   * @returns {Promise<string>} what went wrong
   */
  async #disconnect(data, confirm) {
    try {
      const { data: answer } = await post(path(this.connector, "disconnect"), { data, confirm });
      announce("Disconnecting");
      this.#view = "working";
      this.#showWorking();
      this.#updateProgress({ .../** @type {Integration} */ (this.#integration), run: answer.run });
      this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
      return "";
    } catch (error) {
      return error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
    }
  }

  #showWorking() {
    const name = this.#integration?.name;
    this.replaceChildren(
      h(
        "section",
        { class: "panel" },
        h("h3", {}, `${name} is being disconnected`),
        h("p", { class: "secondary" }, "You can leave this page; it goes on."),
        this.#progress,
      ),
    );
  }

  /** @param {Integration} integration */
  #updateProgress({ run, name, record_types: types }) {
    this.#progress.shown(Boolean(run));
    if (run) this.#progress.update(run, name, (id) => types.find((type) => type.id === id)?.label || id);
  }

  #showDone() {
    const { name } = /** @type {Integration} */ (this.#integration);
    const again = h("button", { class: "button primary", type: "button" });
    setText(again, "Reconnect");
    setOff(again, mayNot("manage"));
    again.addEventListener("click", () => {
      if (!isOff(again)) openSetup(this.connector, "credentials");
    });
    this.replaceChildren(
      h(
        "div",
        { class: "blank" },
        h("h2", {}, `${name} is disconnected`),
        h(
          "p",
          {},
          "What was kept can be read and no longer changes. Reconnect the same account, and it goes on from there.",
        ),
        again,
      ),
    );
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
