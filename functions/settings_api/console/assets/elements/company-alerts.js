// What a company's monitors raised: open ones, the worst first; resolved ones when asked for.

import { PRIORITIES } from "../device-words.js";
import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { Paged } from "../paged.js";
import { empty, failed, loading } from "../states.js";
import { setTime, timeElement } from "../time.js";

/** @typedef {import("../device-types.js").Alert} Alert */

/** So many are shown before somebody asks for more. */
const SIZE = 10;

export class CompanyAlerts extends HTMLElement {
  #company = "";
  #asked = "";
  /** @type {Paged<Alert>} */
  #list = new Paged(() => this.#render(), SIZE);
  #title = h("h2", { id: newId("alerts"), tabindex: "-1" }, "Alerts");
  #which = h(
    "select",
    { class: "input", "aria-label": "Which alerts" },
    h("option", { value: "open" }, "Open"),
    h("option", { value: "resolved" }, "Resolved"),
  );
  #lines = h("ul", { class: "lines", hidden: true });
  #state = h("div", {}, loading("alerts", 2));
  #more = h("div", { class: "more", hidden: true });
  #incomplete = h("p", { class: "secondary", role: "note", hidden: true });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#which.addEventListener("change", () => this.#ask());
    this.#more.append(
      h("button", { class: "button", type: "button", on: { click: () => this.#list.more() } }, "Show more"),
    );
    this.append(
      h(
        "section",
        { class: "panel", "aria-labelledby": this.#title.id },
        h("div", { class: "panel-head" }, this.#title, this.#which),
        this.#state,
        this.#lines,
        this.#more,
        this.#incomplete,
      ),
    );
  }

  disconnectedCallback() {
    this.#list.stop();
  }

  /** @param {string} company */
  update(company) {
    this.#company = company;
    this.#ask();
  }

  /** Reads again what is shown, unless somebody has read on. */
  look() {
    if (this.#company && this.#list.items.length <= this.#list.size) this.#list.again();
  }

  #ask() {
    const query = new URLSearchParams({ company: this.#company, state: this.#which.value });
    const path = `/v1/alerts?${query}`;
    if (path === this.#asked) return;
    this.#asked = path;
    this.#list.read(path);
  }

  #render() {
    const { items, error, busy, fresh } = this.#list;
    const blank = items.length === 0;
    show(this.#state, blank || error);
    show(this.#lines, !blank && !error);
    show(this.#more, this.#list.hasMore && !error);
    setAttribute(this.#lines, "aria-busy", busy ? "true" : null);
    if (error) {
      this.#state.replaceChildren(failed("The alerts could not be read", error, () => this.#list.again()));
    } else if (!fresh && !busy && blank) {
      this.#state.replaceChildren(
        this.#which.value === "open"
          ? empty("No open alerts", "What monitors raise at this company's devices is listed here.")
          : empty("No resolved alerts", "Alerts that were seen open stay here for 90 days when they are resolved."),
      );
    }
    const { incomplete } = this.#list.answer ?? {};
    show(this.#incomplete, Boolean(incomplete) && !error);
    setText(this.#incomplete, incomplete ?? "");
    reconcile(this.#lines, items, ({ id }) => id, alertLine, updateLine);
  }
}

function alertLine() {
  return h(
    "li",
    {},
    h("span", { class: "chip" }),
    h("div", { class: "what" }, h("p", { class: "message" }), h("p", { class: "secondary" })),
    timeElement(),
  );
}

/**
 * @param {HTMLElement} line
 * @param {Alert} alert
 */
function updateLine(line, alert) {
  const part = (/** @type {string} */ of) => /** @type {HTMLElement} */ (line.querySelector(of));
  const [text, tone] = PRIORITIES[alert.priority] || PRIORITIES.unknown;
  setText(part(".chip"), text);
  setAttribute(part(".chip"), "class", `chip ${tone}`);
  setText(part(".message"), alert.message);
  const told = [
    alert.device_name,
    alert.monitor,
    alert.ticket_number && `Ticket ${alert.ticket_number}`,
    alert.muted && "Muted",
    alert.resolved && (alert.resolved_by ? `Resolved by ${alert.resolved_by}` : "Resolved"),
  ];
  setText(part(".secondary"), told.filter(Boolean).join(" · "));
  const at = alert.resolved_at || alert.raised_at;
  const time = /** @type {HTMLTimeElement} */ (part("time"));
  show(time, Boolean(at));
  if (at) setTime(time, at);
}

customElements.define("company-alerts", CompanyAlerts);
