// A proposal of quick match: tick, vendor company, the portal company that it probably is, the score and what speaks for
// it. Rows are used again for other proposals while the list scrolls.

import { h, reconcile, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { mark } from "../marks.js";
import { sentenceCase } from "../words.js";

/** @typedef {import("../match-types.js").Proposal} Proposal */

/** What speaks for a pair; where nothing stands, the particulars do. @type {Record<import("../match-types.js").Evidence["kind"], string>} */
const EVIDENCE = {
  psa_id: "Same PSA id",
  domain: "",
  name: "",
  phone: "Same phone",
  serials: "Same devices",
};

export class MatchRow extends HTMLElement {
  /** @type {Proposal | null} */
  proposal = null;
  index = -1;
  box = h("input", { type: "checkbox", tabindex: "-1" });
  #vendors;
  #vendor = h("span", { class: "match-name" });
  #where = h("small");
  #mark = h("span", { class: "match-mark" });
  #company = h("span", { class: "match-name" });
  #score = h("div", { class: "cell match-score", role: "gridcell", "aria-colindex": "4" });
  #evidence = h("div", { class: "cell evidence", role: "gridcell", "aria-colindex": "5" });

  /** @param {Map<string, import("../mapping-columns.js").Column>} vendors */
  constructor(vendors) {
    super();
    this.#vendors = vendors;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "row");
    this.append(
      h("div", { class: "cell", role: "gridcell", "aria-colindex": "1" }, this.box),
      h(
        "div",
        { class: "cell", role: "gridcell", "aria-colindex": "2" },
        this.#mark,
        h("span", { class: "match-text" }, this.#vendor, this.#where),
      ),
      h("div", { class: "cell", role: "gridcell", "aria-colindex": "3" }, icon("arrow"), this.#company),
      this.#score,
      this.#evidence,
    );
  }

  /**
   * @param {number} index
   * @param {Proposal | undefined} proposal `undefined`: not read yet
   * @param {boolean} ticked
   */
  update(index, proposal, ticked) {
    this.index = index;
    setAttribute(this, "aria-rowindex", index + 2);
    this.box.checked = ticked;
    if (this.proposal === (proposal ?? null) && this.hasAttribute("data-ready")) return;
    this.proposal = proposal ?? null;
    setAttribute(this, "data-ready", "");
    setAttribute(this, "aria-busy", proposal ? null : "true");
    this.box.disabled = !proposal;
    if (proposal) this.#show(proposal);
  }

  /** @param {Proposal} proposal */
  #show({ connector, external_id: id, name, company_name: company, score, evidence }) {
    const vendor = this.#vendors.get(connector);
    setAttribute(this.box, "aria-label", `Link ${name} in ${vendor?.short || connector} to ${company}`);
    if (this.#mark.dataset.connector !== connector) {
      this.#mark.dataset.connector = connector;
      this.#mark.replaceChildren(mark(connector, vendor?.name || connector));
    }
    setText(this.#vendor, name);
    setText(this.#where, `${vendor?.short || connector} · ${id}`);
    setText(this.#company, company);
    setText(this.#score, score);
    showEvidence(this.#evidence, evidence);
  }
}

/**
 * Chips with what speaks for a pair, the particulars on hover.
 *
 * @param {HTMLElement} place
 * @param {import("../match-types.js").Evidence[]} evidence
 */
export function showEvidence(place, evidence) {
  reconcile(
    place,
    evidence,
    ({ kind }) => kind,
    () => h("span", { class: "chip" }),
    (chip, { kind, detail }) => {
      setText(chip, EVIDENCE[kind] || (kind === "name" ? sentenceCase(detail) : detail));
      setAttribute(chip, "title", detail);
    },
  );
}

customElements.define("match-row", MatchRow);
