// A company's tab Devices: what its monitors raised above, the devices below. Search and filter live in the address.

import { antivirus, marks, nature, patches, standing, waiting, warranty, warrantyDay } from "../device-words.js";
import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { Paged } from "../paged.js";
import { queryValue, setQuery } from "../router.js";
import { empty, failed, loading } from "../states.js";
import { setTime, timeElement } from "../time.js";
import { CompanyAlerts } from "./company-alerts.js";
import { searchField } from "./search-field.js";

/** @typedef {import("../device-types.js").Device} Device */

const COLUMNS = ["Device", "State", "System", "Antivirus", "Patches", "Warranty"];
/** @type {Record<string, string>} what is asked of the API by what the address says */
const STATES = { online: "true", offline: "false" };

export class CompanyDevices extends HTMLElement {
  #company = "";
  #asked = "";
  /** @type {Paged<Device>} */
  #list = new Paged(() => this.#render());
  #alerts = new CompanyAlerts();
  #title = h("h2", { id: newId("devices"), tabindex: "-1" }, "Devices");
  #search = searchField("Search devices");
  #filter = h(
    "select",
    { class: "input", "aria-label": "State" },
    h("option", { value: "" }, "Online and offline"),
    h("option", { value: "online" }, "Online"),
    h("option", { value: "offline" }, "Offline"),
  );
  #tools = h("div", { class: "toolbar" }, this.#search, this.#filter);
  #rows = h("tbody", { role: "rowgroup" });
  #table = h("div", { class: "table-scroll", hidden: true }, table(this.#rows));
  #state = h("div", {}, loading("devices", 4));
  #more = h("div", { class: "more", hidden: true });
  #incomplete = h("p", { class: "secondary", role: "note", hidden: true });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#search.addEventListener("search-changed", () => setQuery({ search: this.#search.value || null }));
    this.#filter.addEventListener("change", () => setQuery({ state: this.#filter.value || null }));
    this.#more.append(
      h("button", { class: "button", type: "button", on: { click: () => this.#list.more() } }, "Show more"),
    );
    this.append(
      this.#alerts,
      h(
        "section",
        { class: "panel", "aria-labelledby": this.#title.id },
        h("div", { class: "panel-head" }, this.#title),
        this.#tools,
        this.#state,
        this.#table,
        this.#more,
        this.#incomplete,
      ),
    );
  }

  disconnectedCallback() {
    this.#list.stop();
  }

  /** @param {import("../company-types.js").Company} company */
  update({ id }) {
    this.#company = id;
    this.#alerts.update(id);
    const [search, state] = [queryValue("search") || "", queryValue("state") || ""];
    this.#search.value = search;
    this.#filter.value = state in STATES ? state : "";
    const query = new URLSearchParams({ company: id });
    if (search) query.set("search", search);
    if (state in STATES) query.set("online", STATES[state]);
    const path = `/v1/devices?${query}`;
    if (path === this.#asked) return;
    this.#asked = path;
    this.#list.read(path);
  }

  /** Reads again what is shown, unless somebody has read on. */
  look() {
    if (this.#company && this.#list.items.length <= this.#list.size) this.#list.again();
    this.#alerts.look();
  }

  get #narrow() {
    return Boolean(queryValue("search") || queryValue("state"));
  }

  #render() {
    const { items, error, busy, fresh } = this.#list;
    const blank = items.length === 0;
    show(this.#state, blank || error);
    show(this.#table, !blank && !error);
    show(this.#more, this.#list.hasMore && !error);
    show(this.#tools, !blank || error || this.#narrow);
    setAttribute(this.#table, "aria-busy", busy ? "true" : null);
    if (error) {
      this.#state.replaceChildren(failed("The devices could not be read", error, () => this.#list.again()));
    } else if (!fresh && !busy && blank) {
      this.#state.replaceChildren(this.#nothing());
    }
    const { incomplete } = this.#list.answer ?? {};
    show(this.#incomplete, Boolean(incomplete) && !error);
    setText(this.#incomplete, incomplete ?? "");
    reconcile(this.#rows, items, ({ id }) => id, deviceRow, updateRow);
  }

  #nothing() {
    if (this.#narrow) {
      const clear = h("button", { class: "button", type: "button" }, "Show all devices");
      clear.addEventListener("click", () => setQuery({ search: null, state: null }));
      return empty("No device fits", "None has this in its name, model, serial number, user or address.", clear);
    }
    return empty("No devices yet", "Devices of the linked sites are listed here after the next check.");
  }
}

/** @param {HTMLElement} rows */
function table(rows) {
  const heads = COLUMNS.map((name) => h("th", { scope: "col", role: "columnheader" }, name));
  return h(
    "table",
    { class: "table stacks", role: "table", "aria-label": "Devices" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
    rows,
  );
}

function deviceRow() {
  const cell = (/** @type {number} */ at, /** @type {string} */ name, /** @type {HTMLElement[]} */ ...parts) =>
    h("td", { role: "cell", class: name, "data-column": COLUMNS[at] }, h("div", {}, ...parts));
  const chip = () => h("span", { class: "chip" });
  const small = (name = "") => h("p", { class: `secondary ${name}` });
  return h(
    "tr",
    { role: "row" },
    h("th", { scope: "row", role: "rowheader" }, h("span", { class: "who" }), small("nature"), small("marks")),
    cell(1, "standing", chip(), small()),
    cell(2, "system", h("span"), small()),
    cell(3, "antivirus", chip(), small()),
    cell(4, "patches", chip(), small()),
    cell(5, "warranty", chip(), small()),
  );
}

/**
 * @param {HTMLElement} row
 * @param {Device} device
 */
function updateRow(row, device) {
  const part = (/** @type {string} */ of) => /** @type {HTMLElement} */ (row.querySelector(of));
  const who = part(".who");
  if (device.url) who.replaceChildren(h("a", { href: device.url, target: "_blank", rel: "noreferrer" }, device.name));
  else setText(who, device.name);
  setText(part(".nature"), nature(device));
  setText(part(".marks"), marks(device));
  tell(part(".standing .chip"), standing(device));
  seen(part(".standing .secondary"), device);
  setText(part(".system span"), device.operating_system || "");
  setText(part(".system .secondary"), device.reboot_required ? "Waits for a restart" : "");
  tell(part(".antivirus .chip"), antivirus(device));
  setText(part(".antivirus .secondary"), device.antivirus?.product || "");
  tell(part(".patches .chip"), patches(device));
  setText(part(".patches .secondary"), waiting(device));
  tell(part(".warranty .chip"), warranty(device));
  setText(part(".warranty .secondary"), warrantyDay(device));
  for (const cell of row.querySelectorAll("td")) setAttribute(cell, "data-blank", cell.textContent === "");
}

/** Only of what is away it matters since when. @param {HTMLElement} element @param {Device} device */
function seen(element, { online, last_seen_at: at }) {
  if (online || !at) {
    setText(element, "");
    return;
  }
  const time = timeElement();
  setTime(time, at);
  element.replaceChildren("Last seen ", time);
}

/** @param {HTMLElement} chip @param {import("../device-words.js").Said | null} said */
function tell(chip, said) {
  show(chip, said !== null);
  setText(chip, said ? said[0] : "");
  setAttribute(chip, "class", `chip ${said ? said[1] : ""}`);
}

customElements.define("company-devices", CompanyDevices);
