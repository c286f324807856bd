// The vendor companies that no import brings back, because their portal company was deleted; and the way to allow it.

import { del } from "../api.js";
import { complain } from "../company-actions.js";
import { vendorName } from "../company-words.js";
import { h, isOff, newId, reconcile, setOff, show } from "../dom.js";
import { icon } from "../icons.js";
import { mark } from "../marks.js";
import { Paged } from "../paged.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../company-types.js").BlockedCompany} BlockedCompany */

export class BlockedDialog extends HTMLElement {
  #catalogue;
  /** @type {Paged<BlockedCompany>} */
  #list = new Paged(() => this.#render());
  #dialog = h("dialog", { class: "wide", "aria-labelledby": newId("blocked") });
  #rows = h("ul", { class: "lines", role: "list" });
  #state = h("div", {}, loading("blocked companies"));
  #more = h("div", { class: "more", hidden: true });

  /** @param {import("../company-words.js").Catalogue} catalogue */
  constructor(catalogue) {
    super();
    this.#catalogue = catalogue;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const id = this.#dialog.getAttribute("aria-labelledby");
    const close = () => this.close();
    const cross = { class: "button quiet icon-only", type: "button", "aria-label": "Close", on: { click: close } };
    const more = { class: "button", type: "button", on: { click: () => this.#list.more() } };
    this.#more.append(h("button", more, "Show more"));
    this.#dialog.append(
      h(
        "header",
        {},
        h(
          "div",
          { class: "grow" },
          h("h2", { id, tabindex: "-1" }, "Blocked companies"),
          h("p", { class: "secondary" }, "Their company here was deleted. No import brings them back until unblocked."),
        ),
        h("button", cross, icon("close")),
      ),
      h("div", { class: "body" }, this.#state, this.#rows, this.#more),
      h("footer", {}, h("button", { class: "button", type: "button", on: { click: close } }, "Done")),
    );
    this.#dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("dialog-closed")));
    this.append(this.#dialog);
    this.#dialog.showModal();
    this.#dialog.querySelector("h2")?.focus();
    this.#list.read("/v1/blocked-companies");
  }

  disconnectedCallback() {
    this.#list.stop();
  }

  close() {
    this.#dialog.close();
  }

  #render() {
    const { items, error, fresh } = this.#list;
    show(this.#state, items.length === 0 || error);
    show(this.#more, this.#list.hasMore);
    if (error) {
      this.#state.replaceChildren(failed("The blocked companies could not be read", error, () => this.#list.again()));
    } else if (!fresh && items.length === 0) {
      this.#state.replaceChildren(empty("Nothing is blocked", "Deleting a company blocks its vendor companies."));
    }
    reconcile(
      this.#rows,
      items,
      ({ connector, external_id: id }) => `${connector}\n${id}`,
      (blocked) => this.#row(blocked),
      () => {},
    );
  }

  /** @param {BlockedCompany} blocked */
  #row(blocked) {
    const { connector, external_id: id, name } = blocked;
    const vendor = vendorName(connector, this.#catalogue);
    const button = h(
      "button",
      { class: "button reason-end", type: "button", "aria-label": `Unblock ${name}` },
      "Unblock",
    );
    setOff(button, mayNot("write"));
    button.addEventListener("click", () => {
      if (!isOff(button)) this.#unblock(blocked, button);
    });
    return h(
      "li",
      {},
      mark(connector, vendor),
      h("div", { class: "grow" }, name, h("p", { class: "secondary" }, `${vendor}, id ${id}`)),
      button,
    );
  }

  /**
   * @param {BlockedCompany} blocked
   * @param {HTMLElement} button
   */
  async #unblock({ connector, external_id: id, name }, button) {
    setOff(button, "One moment, please.");
    try {
      await del(`/v1/blocked-companies/${encodeURIComponent(connector)}/${encodeURIComponent(id)}`);
    } catch (error) {
      setOff(button, null);
      complain(error, `${name} could not be unblocked`);
      return;
    }
    toast(`${name} can be imported again.`);
    const next = button.closest("li")?.nextElementSibling?.querySelector("button");
    (next || this.#dialog.querySelector("h2"))?.focus();
    this.dispatchEvent(new CustomEvent("companies-changed", { bubbles: true }));
    await this.#list.again();
  }
}

customElements.define("blocked-dialog", BlockedDialog);
