// Settings → Activity: who did what to which object, before and after, for as long as it is kept. Filters by person and
// object live in the address, so that other pages can lead to the history of one object.

import { all, get, items } from "../api.js";
import { activityRow, COLUMNS } from "../activity-rows.js";
import { kindWords } from "../activity-words.js";
import { catalogue } from "../catalogue.js";
import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { Paged } from "../paged.js";
import { queryValue, setQuery } from "../router.js";
import { me } from "../session.js";
import { empty, failed, loading } from "../states.js";

/** @typedef {import("../company-types.js").Activity} Activity */

class ActivityPage extends HTMLElement {
  /** @type {Paged<Activity>} */
  #list = new Paged(() => this.#render());
  /** @type {import("../activity-change.js").Names} */
  #names = { roles: [], catalogue: new Map() };
  /** People that can be filtered by: those that have been seen. @type {Map<string, string>} */
  #people = new Map();
  /** Objects that can be filtered by, by kind and id. @type {Map<string, string>} */
  #objects = new Map();
  #asked = "";

  #person = h("select", { class: "input", "aria-label": "Person" });
  #object = h("select", { class: "input", "aria-label": "Object" });
  #clear = h("button", { class: "button quiet", type: "button" }, "Clear filters");
  #rows = h("tbody", { role: "rowgroup" });
  #table = h("div", { class: "table-frame", hidden: true }, table(this.#rows));
  #state = h("div", {}, loading("activity"));
  #more = h("div", { class: "more", hidden: true });

  connectedCallback() {
    const { id, name } = me().user;
    this.#people.set(id, `${name} (you)`);
    this.#person.addEventListener("change", () => setQuery({ actor: this.#person.value || null }));
    this.#object.addEventListener("change", () => setQuery({ object: this.#object.value || null }));
    this.#clear.addEventListener("click", () => {
      setQuery({ actor: null, object: null });
      this.#person.focus();
    });
    this.#more.append(
      h("button", { class: "button", type: "button", on: { click: () => this.#list.more() } }, "Show more"),
    );
    this.append(
      h(
        "header",
        { class: "page-head" },
        h("div", {}, h("h1", { tabindex: "-1" }, "Activity"), h("p", {}, "Who changed what, and what it was before.")),
      ),
      h("div", { class: "toolbar" }, this.#person, this.#object, this.#clear),
      this.#state,
      this.#table,
      this.#more,
    );
    this.#start();
  }

  disconnectedCallback() {
    this.#list.stop();
  }

  routeChanged() {
    this.#ask();
  }

  /** The names come first: an entry is rendered once. */
  async #start() {
    const [roles, known, integrations] = await Promise.allSettled([
      all("/v1/roles"),
      catalogue(),
      get("/v1/integrations?limit=200").then(items),
    ]);
    if (roles.status === "fulfilled") this.#names.roles = /** @type {any} */ (roles.value);
    if (known.status === "fulfilled") this.#names.catalogue = known.value;
    if (integrations.status === "fulfilled") {
      const some = /** @type {import("../types.js").Integration[]} */ (integrations.value);
      for (const { connector, name, reason } of some) {
        if (reason !== "never_connected") this.#objects.set(`integration:${connector}`, name);
      }
    }
    this.#ask();
  }

  #ask() {
    const query = new URLSearchParams();
    for (const name of ["actor", "object"]) {
      const value = queryValue(name);
      if (value) query.set(name, value);
    }
    const path = `/v1/activity${query.size > 0 ? `?${query}` : ""}`;
    if (path === this.#asked) return;
    this.#asked = path;
    this.#list.read(path);
  }

  #render() {
    const { items: entries, error, busy, fresh } = this.#list;
    const blank = entries.length === 0;
    for (const { actor, object } of entries) {
      if (!this.#people.has(actor.id)) this.#people.set(actor.id, actor.name);
      const key = `${object.kind}:${object.id}`;
      if (!this.#objects.has(key))
        this.#objects.set(key, `${object.name || object.id} (${kindWords(object.kind).toLowerCase()})`);
    }
    setAttribute(this.#table, "aria-busy", busy ? "true" : null);
    show(this.#state, blank || error);
    show(this.#table, !blank && !error);
    show(this.#more, this.#list.hasMore && !error);
    this.#renderFilters();
    if (error) this.#state.replaceChildren(failed("The activity could not be read", error, () => this.#list.again()));
    else if (!fresh && !busy && blank) this.#state.replaceChildren(this.#nothing());
    reconcile(
      this.#rows,
      entries,
      ({ id }) => id,
      (entry) => activityRow(entry, this.#names),
      () => {},
    );
  }

  #nothing() {
    if (queryValue("actor") || queryValue("object")) {
      return empty("Nothing fits", "This person did nothing to this object in the last 400 days.");
    }
    return empty("Nothing yet", "Whoever links, imports, changes options or gives access from now on is listed here.");
  }

  #renderFilters() {
    choose(this.#person, "Everybody", this.#people, queryValue("actor"));
    choose(this.#object, "Everything", this.#objects, queryValue("object"));
    show(this.#clear, queryValue("actor") || queryValue("object"));
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {string} whole what no choice is called
 * @param {Map<string, string>} known names by value
 * @param {string | null} wanted
 */
function choose(select, whole, known, wanted) {
  const choices = [["", whole], ...[...known].sort(([, one], [, other]) => one.localeCompare(other))];
  if (wanted && !known.has(wanted)) choices.push([wanted, wanted.slice(wanted.indexOf(":") + 1)]);
  reconcile(
    select,
    choices,
    ([value]) => value,
    ([value]) => h("option", { value }),
    (option, [, name]) => setText(option, name),
  );
  select.value = wanted || "";
}

/** @param {HTMLElement} rows */
function table(rows) {
  const heads = COLUMNS.map((name) => h("th", { scope: "col", role: "columnheader" }, name));
  return h(
    "table",
    { class: "table stacks activity", role: "table", "aria-label": "Activity" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
    rows,
  );
}

customElements.define("activity-page", ActivityPage);
