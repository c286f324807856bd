// What a company is in each connected system: its vendor companies with how they stand, and the way to unlink one. Linking
// is done in the mapping grid, where the vendor's companies can be searched.

import { get, items } from "../api.js";
import { catalogue } from "../catalogue.js";
import { unlink } from "../company-actions.js";
import { LINK_STATE, vendorName } from "../company-words.js";
import { consentButton } from "../consent-link.js";
import { h, isOff, newId, reconcile, setOff, show } from "../dom.js";
import { mark } from "../marks.js";
import { mappingOf } from "../places.js";
import { href } from "../router.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {import("../company-types.js").Link} Link */
/** @typedef {{connector: string, name: string, off: boolean, links: Link[], nothing: boolean}} Row */

export class CompanyLinks extends HTMLElement {
  /** @type {Company | null} */
  #company = null;
  /** Connections that have companies, by connector. @type {Map<string, import("../types.js").Integration> | null} */
  #sources = null;
  #rows = h("ul", { class: "lines", role: "list" });
  #state = h("div", {}, loading("links", 2));
  #title = h("h2", { id: newId("links"), tabindex: "-1" }, "Links");

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(
      h(
        "section",
        { class: "panel", "aria-labelledby": this.#title.id },
        h("div", { class: "panel-head" }, this.#title),
        this.#state,
        this.#rows,
      ),
    );
    this.#read();
  }

  /** @param {Company} company */
  update(company) {
    this.#company = company;
    this.#render();
  }

  async #read() {
    try {
      const [, all] = await Promise.all([catalogue(), get("/v1/integrations?limit=200").then(items)]);
      const known = /** @type {import("../types.js").Integration[]} */ (all);
      const some = known.filter(
        ({ reason, record_types: types }) => reason !== "never_connected" && types.some(({ id }) => id === "companies"),
      );
      this.#sources = new Map(some.map((one) => [one.connector, one]));
      await this.#render();
    } catch (error) {
      this.#state.replaceChildren(failed("The integrations could not be read", error, () => this.#read()));
    }
  }

  async #render() {
    const [company, sources] = [this.#company, this.#sources];
    if (!company || !sources) return;
    const known = await catalogue();
    const connectors = [...new Set([...sources.keys(), ...Object.keys(company.links)])];
    const rows = connectors.map((connector) => ({
      connector,
      name: vendorName(connector, known),
      off: sources.get(connector)?.status === "disconnected" || !sources.has(connector),
      links: company.links[connector] || [],
      nothing: company.not_integrated.includes(connector),
    }));
    this.#state.replaceChildren(...(rows.length > 0 ? [] : [nothingConnected()]));
    reconcile(
      this.#rows,
      rows,
      ({ connector }) => connector,
      ({ connector, name }) => row(connector, name),
      (row, data) => this.#fill(row, data, company),
    );
  }

  /**
   * @param {HTMLElement} row
   * @param {Row} data
   * @param {Company} company
   */
  #fill(row, { connector, name, off, links, nothing }, company) {
    const [vendor, none, list] = /** @type {HTMLElement[]} */ ([.../** @type {Element} */ (row.lastChild).children]);
    show(/** @type {HTMLElement} */ (vendor.querySelector(".chip")), off);
    show(none, links.length === 0);
    show(list, links.length > 0);
    none.replaceChildren(...(links.length === 0 ? this.#none(nothing, name, company) : []));
    // Kept by key: the focus stays on the button that somebody stands on while the state is read again.
    reconcile(
      list,
      links,
      ({ external_id: id, name: called, state }) => [id, called, state].join("\n"),
      (link) => this.#link(connector, link),
      () => {},
    );
  }

  /** @param {boolean} nothing @param {string} vendor @param {Company} company */
  #none(nothing, vendor, company) {
    if (nothing) return [`Has nothing in ${vendor}`];
    const mapping = mappingOf(company.name);
    const link = mapping && !mayNot("write") ? h("a", { href: href(mapping) }, "Link it") : "";
    return ["Not linked ", link];
  }

  /** @param {string} connector @param {Link} link */
  #link(connector, link) {
    const company = /** @type {Company} */ (this.#company);
    const odd = LINK_STATE[link.state];
    const button = h("button", { class: "button quiet reason-end", type: "button" }, "Unlink");
    button.append(h("span", { class: "visually-hidden" }, ` ${link.name}`));
    setOff(button, mayNot("write"));
    button.addEventListener("click", async () => {
      if (isOff(button) || !(await unlink(company, connector, link))) return;
      this.dispatchEvent(new CustomEvent("companies-changed", { bubbles: true }));
      this.#title.focus();
    });
    return h(
      "li",
      { class: "link" },
      h(
        "span",
        { class: "grow" },
        h("span", { class: "clamped", title: link.name }, link.name),
        " ",
        odd && h("span", { class: "chip warn" }, odd),
      ),
      link.state === "needs_consent" ? consentButton(company.id, connector, link) : null,
      button,
    );
  }
}

/** @param {string} connector @param {string} name */
function row(connector, name) {
  const off = h("span", { class: "chip", hidden: true }, "Disconnected");
  const vendor = h("p", { class: "secondary" }, name, " ", off);
  return h("li", {}, mark(connector, name), h("div", { class: "grow" }, vendor, h("p"), h("ul", { role: "list" })));
}

function nothingConnected() {
  const connect = h("a", { class: "button", href: href("/settings/integrations") }, "Connect a PSA or RMM");
  return empty("Nothing to link to yet", "Connect the systems in which this company exists.", connect);
}

customElements.define("company-links", CompanyLinks);
