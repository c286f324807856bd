// Settings → Companies → one company: who it is and what can be done above, one tab of some below. Asks the API again
// every 30 seconds, and more often for a while after something was done, because the engine follows a moment later.
//
// Which tabs there are says the API: one only where a connection feeds it. A tab's element has `update(company, etag)`,
// called with every new state, and `look()`, called while effects of what was done are awaited. It tells of changes by
// `companies-changed`.

import { activityOf } from "../activity-words.js";
import { AddressDialogs } from "../address-dialogs.js";
import { ApiError, get } from "../api.js";
import { catalogue } from "../catalogue.js";
import { companyPath, deleteCompany } from "../company-actions.js";
import { CompanyEdit } from "../company-edit.js";
import { originWords, standing } from "../company-words.js";
import { h, isOff, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { mappingOf } from "../places.js";
import { Poll } from "../poll.js";
import { hasPage, href, navigate, routeValue, setQuery, setTitle } from "../router.js";
import { mayNot } from "../session.js";
import { failed, loading } from "../states.js";
import { setTime, timeElement } from "../time.js";
import "./action-menu.js";
import { companyForm } from "./company-form.js";
import "./company-billing.js";
import "./company-devices.js";
import "./company-overview.js";
import "./company-secure-score.js";
import "./company-training.js";
import { DefaultsDialog } from "./defaults-dialog.js";
import { markTab } from "./page-tabs.js";
import { toast } from "./toast-region.js";
import { userForm } from "./user-form.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {HTMLElement & {update: (company: Company, etag: string | null) => void, look: () => void}} Tab */

const CALM = 30_000;
const BUSY = 2000;
/** So long after something was done its effects are looked for. */
const EXPECTING = 20_000;
/** While the portal does not answer. */
const PATIENT = 10_000;
const LIST = "/settings/companies";

/** @type {{id: string, label: string, element: string, fed?: string}[]} */
const TABS = [
  { id: "overview", label: "Overview", element: "company-overview" },
  { id: "devices", label: "Devices", element: "company-devices", fed: "devices" },
  { id: "secure-score", label: "Secure Score", element: "company-secure-score", fed: "secure_score" },
  { id: "billing", label: "Billing", element: "company-billing", fed: "billing" },
  { id: "training", label: "Training", element: "company-training", fed: "training" },
];

class CompanyPage extends HTMLElement {
  #id = routeValue("company");
  /** @type {Company | null} */
  #company = null;
  /** @type {string | null} */
  #etag = null;
  #readAt = "";
  /** What was done shortly before it was opened may still show: an import, a link. */
  #doneAt = Date.now();
  #trouble = false;
  /** @type {Tab | null} */
  #tab = null;
  /** The id of the tab that is shown. */
  #shown = "";
  #poll = new Poll(
    () => this.#read(),
    () => this.#pace(),
  );

  #name = h("h1", { class: "clamped", tabindex: "-1" }, "Company");
  #standing = h("span", { class: "chip", hidden: true });
  #origin = h("p");
  #edit = h("button", { class: "button reason-end", type: "button", hidden: true }, "Edit details");
  #menu = /** @type {import("./action-menu.js").ActionMenu} */ (document.createElement("action-menu"));
  #staleSince = timeElement();
  #stale = h("div", { class: "notice warn", role: "status", hidden: true });
  #links = h("nav", { class: "tabs", "aria-label": "Parts of this page", hidden: true });
  #outlet = h("div", {}, loading("the company"));
  #dialogs = new AddressDialogs(this, {
    edit: () => this.#editForm(),
    defaults: () => new DefaultsDialog(this.#id),
    user: () => userForm(this.#id, () => this.#changed()),
  });

  connectedCallback() {
    this.#stale.append(
      icon("alert"),
      h("p", {}, "We cannot reach the portal at the moment. This is how things stood ", this.#staleSince, "."),
    );
    setOff(this.#edit, mayNot("write"));
    this.#edit.addEventListener("click", () => {
      if (!isOff(this.#edit)) setQuery({ edit: "details" }, { push: true });
    });
    this.#menu.setup("Actions for this company", () => this.#menuItems());
    show(this.#menu, false);
    this.append(
      h("a", { class: "way-back", href: href(LIST) }, icon("chevron"), "Companies"),
      h(
        "header",
        { class: "page-head" },
        h("div", {}, h("div", { class: "name" }, this.#name, this.#standing), this.#origin),
        h("div", { class: "head-acts" }, this.#edit, this.#menu),
      ),
      this.#stale,
      this.#links,
      this.#outlet,
    );
    this.addEventListener("companies-changed", () => this.#changed());
    this.#poll.start();
  }

  disconnectedCallback() {
    this.#poll.stop();
  }

  routeChanged() {
    if (!this.#company) return;
    this.#renderTab(this.#company);
    this.#dialogs.follow();
  }

  #changed() {
    this.#doneAt = Date.now();
    this.#tab?.look();
    this.#poll.now();
  }

  get #expecting() {
    return Date.now() < this.#doneAt + EXPECTING;
  }

  #pace() {
    return this.#trouble ? PATIENT : this.#expecting ? BUSY : CALM;
  }

  async #read() {
    try {
      const known = await catalogue();
      const answer = await get(companyPath(this.#id), { etag: this.#etag });
      if (!this.isConnected) return;
      this.#readAt = new Date().toISOString();
      this.#trouble = false;
      show(this.#stale, false);
      if (this.#expecting) this.#tab?.look();
      if (answer.unchanged) return;
      this.#company = answer.data;
      this.#etag = answer.etag;
      this.#render(answer.data, known);
      this.#dialogs.follow();
    } catch (error) {
      if (this.isConnected) this.#fail(error);
    }
  }

  /** Old news are marked as such; no news at all is an error with a way to try again. @param {unknown} error */
  #fail(error) {
    if (error instanceof ApiError && error.status === 404) {
      this.#missing();
    } else if (this.#company) {
      this.#trouble = true;
      setTime(this.#staleSince, this.#readAt);
      show(this.#stale, true);
    } else {
      this.#trouble = true;
      this.#outlet.replaceChildren(failed("The company could not be read", error, () => this.#poll.now()));
    }
  }

  /** There is no such company, or not any more, or no such tab. */
  #missing() {
    this.#poll.stop();
    setTitle("Not found");
    this.replaceChildren(document.createElement("missing-page"));
  }

  /** @param {Company} company @param {import("../company-words.js").Catalogue} known */
  #render(company, known) {
    const { text, tone } = standing(company);
    setTitle(company.name, "Companies");
    setText(this.#name, company.name);
    setAttribute(this.#name, "title", company.name);
    setText(this.#standing, text);
    setAttribute(this.#standing, "class", `chip ${tone}`);
    setText(this.#origin, originWords(company, known));
    for (const part of [this.#standing, this.#edit, this.#menu]) show(part, true);
    this.#renderTab(company);
  }

  /** The links to all tabs, and the one that the address names. @param {Company} company */
  #renderTab(company) {
    const tabs = TABS.filter(({ fed }) => !fed || company.tabs.includes(fed));
    const wanted = tabs.find(({ id }) => id === routeValue("tab"));
    if (!wanted) {
      this.#missing();
      return;
    }
    show(this.#links, tabs.length > 1);
    reconcile(
      this.#links,
      tabs,
      ({ id }) => id,
      ({ id, label }) => h("a", { href: href(`${LIST}/${encodeURIComponent(this.#id)}/${id}`) }, label),
      (link, { id }) => markTab(link, id === wanted.id),
    );
    if (this.#shown !== wanted.id) {
      this.#shown = wanted.id;
      this.#tab = /** @type {Tab} */ (document.createElement(wanted.element));
      this.#outlet.replaceChildren(this.#tab);
    }
    this.#tab?.update(company, this.#etag);
  }

  #menuItems() {
    const company = /** @type {Company} */ (this.#company);
    const mapping = mappingOf(company.name);
    return [
      { label: "Manage defaults", act: () => setQuery({ defaults: company.id }, { push: true }) },
      {
        label: "Open mapping",
        off: mapping ? null : "Comes with the Companies tab of Integrations.",
        act: () => mapping && navigate(mapping),
      },
      ...(hasPage("/settings/activity")
        ? [{ label: "Activity", act: () => navigate(activityOf("company", company.id)) }]
        : []),
      { label: "Delete…", off: mayNot("write"), act: () => this.#delete(company) },
    ];
  }

  /** @param {Company} company */
  async #delete(company) {
    if ((await deleteCompany(company)) && this.isConnected) navigate(LIST);
  }

  #editForm() {
    const company = /** @type {Company} */ (this.#company);
    const edit = new CompanyEdit(company, this.#etag);
    return companyForm(async (details) => {
      if (!(await edit.save(details))) return;
      toast(`${details.name} is saved.`);
      this.#changed();
    }, company);
  }
}

customElements.define("company-page", CompanyPage);
