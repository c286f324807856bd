// Second step: how often, what, and whether to begin with what exists. Everything else keeps its default here and is
// changed on the connection's own page.

import { ApiError, get, put } from "../api.js";
import { h, newId } from "../dom.js";

const INTERVALS = [5, 15, 30];

export class ConnectOptions extends HTMLElement {
  #setup;
  #form = h("form", { class: "options-form" });
  #before = "";

  /** @param {import("./connect-dialog.js").Setup} setup */
  constructor(setup) {
    super();
    this.#setup = setup;
    this.heading = "What to sync, and how often";
    this.lead = "These are good defaults. You can change them at any time.";
    this.nextLabel = "Next";
    this.nextOff = null;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#form.append(this.#interval(), this.#types(), this.#initialImport());
    this.append(this.#form);
    this.#before = JSON.stringify(this.#chosen());
  }

  get dirty() {
    return JSON.stringify(this.#chosen()) !== this.#before;
  }

  async next() {
    const { path, integration, etag } = this.#setup;
    try {
      await put(`${path}/options`, { ...integration.options, ...this.#chosen() }, { etag });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
      // Somebody saved in between: what they changed elsewhere is kept, what is chosen here is put on top.
      const fresh = await get(path);
      await put(`${path}/options`, { ...fresh.data.options, ...this.#chosen() }, { etag: fresh.etag });
    }
    this.#before = JSON.stringify(this.#chosen());
    return true;
  }

  #chosen() {
    const data = new FormData(this.#form);
    return {
      interval_minutes: Number(data.get("interval")),
      record_types: data.getAll("type").map(String),
      initial_import: data.has("initial"),
    };
  }

  #interval() {
    const now = this.#setup.integration.options.interval_minutes;
    const choices = INTERVALS.map((minutes) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: "interval", value: minutes, checked: minutes === now }),
        `${minutes} min`,
      ),
    );
    const helpId = newId("help");
    return h(
      "fieldset",
      { class: "field", "aria-describedby": helpId },
      h("legend", {}, "Check for changes every"),
      h("div", { class: "segments" }, choices),
      h("p", { class: "help", id: helpId }, "Where the vendor tells us of changes, they arrive sooner."),
    );
  }

  #types() {
    const { connector, integration } = this.#setup;
    const chosen = new Set(integration.options.record_types);
    const lines = connector.record_types.map(({ id, label, direction, limitation }) =>
      tick(
        "type",
        id,
        chosen.has(id),
        label,
        limitation || (direction === "both" ? "Both ways" : `From ${connector.short_name} to the portal`),
      ),
    );
    return h("fieldset", { class: "field" }, h("legend", {}, "Record types"), h("div", { class: "ticks" }, lines));
  }

  #initialImport() {
    const { initial_import: on } = this.#setup.integration.options;
    const help =
      "Off: only what is created or changed from now on arrives. Companies are read in any case, so that they can be linked.";
    return h(
      "fieldset",
      { class: "field" },
      h("legend", {}, "To begin with"),
      h("div", { class: "ticks" }, tick("initial", "yes", on, "Import existing records", help)),
    );
  }
}

/**
 * @param {string} name
 * @param {string} value
 * @param {boolean} checked
 * @param {string} label
 * @param {string} help
 */
function tick(name, value, checked, label, help) {
  const box = h("input", { type: "checkbox", name, value, checked });
  return h("label", { class: "tick" }, box, h("span", {}, label, h("span", { class: "help" }, help)));
}

customElements.define("connect-options", ConnectOptions);
