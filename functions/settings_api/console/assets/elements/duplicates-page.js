// Settings → Integrations → Duplicates: what is probably the same thing twice, by kind. Vendor companies can be linked to
// one company; everything can be ignored, and looked at again. Nothing is merged at the vendor.

import { del, put } from "../api.js";
import { catalogue } from "../catalogue.js";
import { complain } from "../company-actions.js";
import { h, reconcile, setAttribute, show } from "../dom.js";
import { Paged } from "../paged.js";
import { queryValue, setQuery } from "../router.js";
import { empty, failed, loading } from "../states.js";
import { DuplicateGroup, KINDS } from "./duplicate-group.js";
import { LinkAllDialog } from "./link-all-dialog.js";
import { INTEGRATION_TABS, pageTabs } from "./page-tabs.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../match-types.js").Duplicate} Duplicate */

const FILTERS = ["", ...Object.keys(KINDS)];

class DuplicatesPage extends HTMLElement {
  /** @type {Map<string, import("../types.js").Connector>} */
  #catalogue = new Map();
  /** @type {Paged<Duplicate>} */
  #found = new Paged(() => this.#render());
  #question = "";
  /** Groups that were ignored, or looked at again, since the list was read. @type {Set<string>} */
  #gone = new Set();
  #filters = h("div", { class: "filters", role: "group", "aria-label": "Kind" });
  #ignored = h("input", { type: "checkbox" });
  #state = h("div");
  #groups = h("div", { class: "duplicates", role: "list" });
  #more = h("button", { class: "button", type: "button" }, "Show more");
  #foot = h("div", { class: "more" }, this.#more);

  connectedCallback() {
    const head = h(
      "div",
      {},
      h("h1", { tabindex: "-1" }, "Duplicates"),
      h("p", {}, "What is probably the same thing twice. Nothing is merged at the vendor."),
    );
    const ignored = h("label", { class: "tick" }, this.#ignored, "Show what is ignored");
    this.append(
      h("header", { class: "page-head" }, head),
      pageTabs("Integrations", INTEGRATION_TABS),
      h("div", { class: "toolbar" }, this.#filters, h("span", { class: "spread" }), ignored),
      this.#state,
      this.#groups,
      this.#foot,
    );
    this.#more.addEventListener("click", () => this.#found.more());
    this.#ignored.addEventListener("change", () => setQuery({ ignored: this.#ignored.checked ? "true" : null }));
    this.addEventListener("ignore-wanted", (event) => this.#ignore(/** @type {CustomEvent} */ (event).detail));
    this.addEventListener("link-all-wanted", (event) => this.#linkAll(/** @type {CustomEvent} */ (event).detail));
    this.#begin();
  }

  disconnectedCallback() {
    this.#found.stop();
  }

  routeChanged() {
    this.#ask();
  }

  async #begin() {
    this.#state.replaceChildren(loading("duplicates"));
    try {
      this.#catalogue = await catalogue();
      this.#ask();
    } catch (error) {
      this.#state.replaceChildren(failed("The duplicates could not be read", error, () => this.#begin()));
    }
  }

  #ask() {
    const query = new URLSearchParams();
    const kind = queryValue("kind");
    if (kind) query.set("kind", kind);
    if (queryValue("ignored") === "true") query.set("ignored", "true");
    const question = query.toString();
    this.#renderFilters(kind || "");
    if (question === this.#question && !this.#found.fresh) return;
    this.#question = question;
    this.#gone.clear();
    this.#found.read(`/v1/duplicates${question && `?${question}`}`);
  }

  /** @param {string} wanted */
  #renderFilters(wanted) {
    this.#ignored.checked = queryValue("ignored") === "true";
    reconcile(
      this.#filters,
      FILTERS,
      (kind) => kind,
      filterButton,
      (button, kind) => setAttribute(button, "aria-pressed", String(kind === wanted)),
    );
  }

  #render() {
    const { items, error, fresh, busy, hasMore } = this.#found;
    const groups = items.filter(({ id }) => !this.#gone.has(id));
    if (error)
      this.#state.replaceChildren(failed("The duplicates could not be read", error, () => this.#found.again()));
    else if (fresh) this.#state.replaceChildren(loading("duplicates"));
    else if (groups.length === 0 && !hasMore) this.#state.replaceChildren(this.#nothing());
    else this.#state.replaceChildren();
    setAttribute(this.#groups, "aria-busy", busy && !fresh ? "true" : null);
    reconcile(
      this.#groups,
      groups,
      ({ id }) => id,
      () => new DuplicateGroup(this.#catalogue),
      (element, group) => element.update(group),
    );
    show(this.#foot, hasMore);
  }

  #nothing() {
    if (queryValue("ignored") === "true")
      return empty("Nothing is ignored", "What you ignore can be found here again.");
    const text = "Companies, contacts and devices that share a name, domain, e-mail or serial number are listed here.";
    return empty("No duplicates", text);
  }

  /** @param {Duplicate} group */
  async #ignore({ id, ignored }) {
    const path = `/v1/duplicates/${encodeURIComponent(id)}/ignored`;
    const change = async (/** @type {boolean} */ ignore) => {
      this.#hide(id, ignore !== ignored);
      try {
        await (ignore ? put(path, undefined) : del(path));
        return true;
      } catch (error) {
        this.#hide(id, ignore === ignored);
        complain(error, "This could not be changed");
        return false;
      }
    };
    if (!(await change(!ignored))) return;
    toast(ignored ? "It is listed again." : "It is ignored.", {
      action: { label: "Undo", act: () => change(ignored) },
    });
  }

  /** The group that takes its place takes the focus. @param {string} id @param {boolean} hidden */
  #hide(id, hidden) {
    const element = this.#groups.querySelector(`[data-key="${CSS.escape(id)}"]`);
    const held = element?.contains(document.activeElement);
    const next = element?.nextElementSibling || element?.previousElementSibling;
    if (hidden) this.#gone.add(id);
    else this.#gone.delete(id);
    this.#render();
    const heir = next?.querySelector("h2") || this.querySelector("h1");
    if (held) /** @type {HTMLElement | null} */ (heir)?.focus();
  }

  /** @param {Duplicate} group */
  #linkAll(group) {
    const dialog = new LinkAllDialog(group, this.#catalogue);
    const opener = document.activeElement;
    dialog.addEventListener("dialog-closed", () => {
      dialog.remove();
      if (dialog.changed) this.#found.again();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    });
    this.append(dialog);
  }
}

/** @param {string} kind empty: every one */
function filterButton(kind) {
  const label = kind ? KINDS[/** @type {keyof typeof KINDS} */ (kind)] : "All";
  const button = h("button", { class: "filter", type: "button" }, label);
  button.addEventListener("click", () => setQuery({ kind: kind || null }));
  return button;
}

customElements.define("duplicates-page", DuplicatesPage);
