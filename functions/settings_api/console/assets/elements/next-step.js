// The next step of a connection that is not all set up, with the buttons that lead to it; or why it is not simply
// connected, where no issue says so.

import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { importCompanies, importPreview, quickMatch } from "../places.js";
import { href } from "../router.js";
import { nextStepSentence, reasonSentence } from "../words.js";

export class NextStep extends HTMLElement {
  #text = h("p");
  #links = h("div", { class: "next-links" });

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#text, this.#links);
  }

  /**
   * @param {import("../types.js").Integration} integration
   * @param {string} vendor
   */
  update(integration, vendor) {
    const why = integration.issues.length === 0 ? reasonSentence(integration, vendor) : "";
    const text = nextStepSentence(integration) || why;
    show(this, text);
    setText(this.#text, text);
    reconcile(
      this.#links,
      linksOf(integration),
      ({ label }) => label,
      () => h("a", { class: "button" }),
      (element, { label, place }) => {
        setText(element, label);
        setAttribute(element, "href", href(place));
      },
    );
    show(this.#links, this.#links.childElementCount > 0);
  }
}

/**
 * @param {import("../types.js").Integration} integration
 * @returns {{label: string, place: string}[]}
 */
function linksOf({ connector, setup: { next } }) {
  /** @type {[string, string | null][]} */
  const links = [];
  if (next === "link_companies") {
    links.push(["Quick match", quickMatch(connector)], ["Import companies", importCompanies(connector)]);
  }
  if (next === "review_import") links.push(["Preview", importPreview(connector)]);
  return links.flatMap(([label, place]) => (place ? [{ label, place }] : []));
}

customElements.define("next-step", NextStep);
