// The filter for companies that lack a link: in any connection, or in chosen ones, each with how many there are.
// Tells of a choice by a `missing-changed` event with the address's value, or `null` for no filter.

import { h, newId, reconcile, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { placeAt } from "../place.js";
import { count, list } from "../words.js";

/** @typedef {{value: string, label: string, count: number | undefined}} Choice */

export class MissingFilter extends HTMLElement {
  #label = h("span");
  #button = h("button", { class: "button", type: "button", "aria-expanded": "false", "aria-haspopup": "dialog" });
  #choices = h("div", { class: "missing-choices", role: "group", "aria-label": "Not linked in" });
  #clear = h("button", { class: "button quiet", type: "button" }, "Show all companies");
  #popover = h("div", { class: "missing-popover", popover: "auto", role: "dialog", "aria-label": "Missing links" });
  /** @type {import("../mapping-columns.js").Column[]} */
  #columns = [];
  /** @type {string | null} */
  #value = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#popover.id = newId("missing");
    setAttribute(this.#button, "aria-controls", this.#popover.id);
    this.#button.append(icon("filter"), this.#label);
    this.#popover.append(
      h("p", { class: "secondary" }, "Only companies that are not linked in"),
      this.#choices,
      this.#clear,
    );
    this.append(this.#button, this.#popover);
    this.#button.addEventListener("click", () => this.#popover.togglePopover());
    this.#popover.addEventListener("toggle", (event) => {
      const open = /** @type {ToggleEvent} */ (event).newState === "open";
      setAttribute(this.#button, "aria-expanded", String(open));
      if (!open) return;
      placeAt(this.#popover, this.#button);
      this.#popover.querySelector("input")?.focus();
    });
    this.#clear.addEventListener("click", () => {
      this.#popover.hidePopover();
      this.#button.focus();
      this.#tell(null);
    });
  }

  /**
   * @param {string | null} value `any`, or connectors by comma
   * @param {import("../mapping-columns.js").Column[]} columns
   * @param {Record<string, number>} missing
   * @param {number | undefined} any
   */
  update(value, columns, missing, any) {
    this.#value = value;
    this.#columns = columns;
    const chosen = new Set(value?.split(","));
    const names = columns.filter(({ connector }) => chosen.has(connector)).map(({ short }) => short);
    setText(
      this.#label,
      value === "any" ? "Missing anywhere" : names.length > 0 ? `Missing in ${list(names)}` : "Missing",
    );
    this.#button.classList.toggle("chosen", value !== null);
    const choices = [
      { value: "any", label: "Any integration", count: any },
      ...columns.map(({ connector, name }) => ({ value: connector, label: name, count: missing[connector] })),
    ];
    reconcile(
      this.#choices,
      choices,
      (choice) => choice.value,
      (choice) => this.#line(choice),
      (line, choice) => updateLine(line, choice, chosen),
    );
  }

  /** @param {Choice} choice */
  #line({ value }) {
    const box = h("input", { type: "checkbox" });
    box.addEventListener("change", () => this.#tell(this.#after(value, box.checked)));
    return h(
      "label",
      { class: "tick" },
      box,
      h("span", { class: "choice-label" }),
      h("span", { class: "choice-count" }),
    );
  }

  /**
   * `any` stands alone: whoever chooses connections means those.
   *
   * @param {string} value
   * @param {boolean} on
   */
  #after(value, on) {
    if (value === "any") return on ? "any" : null;
    const before = (this.#value || "").split(",");
    const chosen = this.#columns
      .map(({ connector }) => connector)
      .filter((connector) => (connector === value ? on : before.includes(connector)));
    return chosen.length > 0 ? chosen.join(",") : null;
  }

  /** @param {string | null} value */
  #tell(value) {
    this.dispatchEvent(new CustomEvent("missing-changed", { bubbles: true, detail: value }));
  }
}

/** @param {HTMLElement} line @param {Choice} choice @param {Set<string>} chosen */
function updateLine(line, { value, label, count: companies }, chosen) {
  const [box, name, number] = line.children;
  /** @type {HTMLInputElement} */ (box).checked = chosen.has(value);
  setText(name, label);
  setText(number, companies === undefined ? "" : count(companies));
}

customElements.define("missing-filter", MissingFilter);
