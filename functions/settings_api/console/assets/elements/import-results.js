// What has become of each company of an import, the refused ones first; patched while the import goes on.

import { h, reconcile, setText, show } from "../dom.js";
import { count } from "../words.js";

/** @typedef {import("../import-plan.js").Entry} Entry */

/** Rows shown at first: of thousands, the counts tell more than the rows. */
const STEP = 100;

/** @type {Record<Entry["state"], [text: string, tone: string]>} */
const STATES = {
  refused: ["Not imported", "bad"],
  ticked: ["Waiting", ""],
  sending: ["Importing…", "busy"],
  created: ["Created", "good"],
  linked: ["Linked", "good"],
  already_linked: ["Was linked already", ""],
};

export class ImportResults extends HTMLElement {
  #plan;
  #shown = STEP;
  #rows = h("ul", { class: "lines", role: "list", "aria-label": "Results" });
  #more = h("div", { class: "more", hidden: true });
  #moreButton = h("button", { class: "button", type: "button" });

  /** @param {import("../import-plan.js").ImportPlan} plan */
  constructor(plan) {
    super();
    this.#plan = plan;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#more.append(this.#moreButton);
    this.#moreButton.addEventListener("click", () => {
      this.#shown += STEP;
      this.update();
    });
    this.append(this.#rows, this.#more);
    this.update();
  }

  update() {
    // The order is made of what is refused, not of what is under way: nothing jumps while it goes on.
    const entries = this.#plan.entries;
    const refused = entries.filter(({ state }) => state === "refused");
    const rest = entries.filter(({ state }) => state !== "refused");
    const all = [...refused, ...rest];
    reconcile(this.#rows, all.slice(0, this.#shown), ({ company }) => company.external_id, resultRow, updateRow);
    show(this.#more, all.length > this.#shown);
    setText(this.#moreButton, `Show ${count(Math.min(STEP, all.length - this.#shown))} more`);
  }
}

/** @param {Entry} entry */
function resultRow({ company }) {
  const words = h(
    "div",
    { class: "grow" },
    company.name,
    h("p", { class: "secondary what" }),
    h("p", { class: "why" }),
  );
  return h("li", {}, words, h("span", { class: "chip" }));
}

/**
 * @param {HTMLElement} row
 * @param {Entry} entry
 */
function updateRow(row, { target, state, detail }) {
  const part = (/** @type {string} */ of) => /** @type {HTMLElement} */ (row.querySelector(of));
  const [text, tone] = STATES[state];
  const chip = part(".chip");
  chip.className = `chip ${tone}`;
  setText(chip, text);
  setText(part(".what"), target ? `Link to ${target.name}` : "Create new");
  setText(part(".why"), detail);
  show(part(".why"), detail);
}

customElements.define("import-results", ImportResults);
