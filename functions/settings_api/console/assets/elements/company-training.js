// Training of a company: who takes which course and how far they are, enrolling, and opening a course.
//
// A course's address is made when somebody clicks: it is good for minutes, for whoever has it, and is kept nowhere.

import { ApiError, post } from "../api.js";
import { complain } from "../company-actions.js";
import { h, isOff, newId, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { Paged } from "../paged.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";
import { moment, setTime, timeElement } from "../time.js";
import { details, percent, standing } from "../training-words.js";
import { plural } from "../words.js";
import "./action-menu.js";
import { EnrolDialog } from "./enrol-dialog.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../training-words.js").Enrolment} Enrolment */

const COLUMNS = ["Person", "Course", "Progress", "Last opened", "Actions"];

export class CompanyTraining extends HTMLElement {
  #company = "";
  #name = "";
  /** @type {Paged<Enrolment>} */
  #list = new Paged(() => this.#render());
  #title = h("h2", { id: newId("training"), tabindex: "-1" }, "Training");
  #enrol = h("button", { class: "button primary reason-end", type: "button" }, icon("plus"), "Enrol somebody");
  #rows = h("tbody", { role: "rowgroup" });
  #table = h("div", { class: "table-scroll", hidden: true }, table(this.#rows));
  #state = h("div", {}, loading("enrolments", 3));
  #more = h("div", { class: "more", hidden: true });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#more.append(
      h("button", { class: "button", type: "button", on: { click: () => this.#list.more() } }, "Show more"),
    );
    this.#enrol.addEventListener("click", () => {
      if (!isOff(this.#enrol)) this.#open();
    });
    this.append(
      h(
        "section",
        { class: "panel", "aria-labelledby": this.#title.id },
        h("div", { class: "panel-head" }, this.#title, this.#enrol),
        this.#state,
        this.#table,
        this.#more,
      ),
    );
    this.#render();
  }

  disconnectedCallback() {
    this.#list.stop();
  }

  /** @param {import("../company-types.js").Company} company */
  update({ id, name }) {
    this.#name = name;
    if (id === this.#company) return;
    this.#company = id;
    this.#list.read(`/v1/companies/${encodeURIComponent(id)}/training`);
  }

  /** Reads again what is shown, unless somebody has read on. */
  look() {
    if (this.#list.items.length <= this.#list.size) this.#list.again();
  }

  #open() {
    const dialog = new EnrolDialog(this.#company, this.#name, (/** @type {Enrolment} */ made) => {
      toast(`${made.name || "They"} will take ${made.course}.`);
      this.#changed();
    });
    dialog.addEventListener("dialog-closed", () => {
      dialog.remove();
      this.#enrol.focus();
    });
    this.append(dialog);
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("companies-changed", { bubbles: true }));
  }

  #render() {
    const { items, answer, error, busy, fresh } = this.#list;
    const blank = items.length === 0;
    setText(
      this.#title,
      blank ? "Training" : `Training (${plural(items.length, "enrolment")}${this.#list.hasMore ? " shown" : ""})`,
    );
    setOff(this.#enrol, mayNot("write") || (answer && !answer.can_enrol ? answer.reason : null));
    show(this.#state, blank || error);
    show(this.#table, !blank && !error);
    show(this.#more, this.#list.hasMore && !error);
    setAttribute(this.#table, "aria-busy", busy ? "true" : null);
    if (error) {
      this.#state.replaceChildren(failed("Training could not be read", error, () => this.#list.again()));
    } else if (!fresh && blank) {
      const text = "Enrol people in the courses of your catalogue, and see here how far they are.";
      this.#state.replaceChildren(empty("Nobody takes a course yet", answer.can_enrol ? text : answer.reason));
    }
    reconcile(
      this.#rows,
      items,
      ({ id }) => id,
      (enrolment) => this.#row(enrolment),
      updateRow,
    );
  }

  /** @param {Enrolment} enrolment */
  #row({ id, name, course }) {
    const current = () => this.#list.items.find((one) => one.id === id);
    const launch = h("button", { class: "button launch reason-end", type: "button" }, "Open course");
    setAttribute(launch, "aria-label", `Open course ${course} as ${name || "this learner"}`);
    launch.addEventListener("click", () => {
      if (!isOff(launch)) openCourse(id);
    });
    const menu = /** @type {import("./action-menu.js").ActionMenu} */ (document.createElement("action-menu"));
    menu.setup(`Enrolment of ${name || "this learner"} in ${course}`, () => [
      { label: "Try again", off: mayNot("write") || retryOff(current()), act: () => this.#settle(id, "retry") },
      { label: "Discard", off: mayNot("write"), act: () => this.#settle(id, "discard") },
    ]);
    launch.addEventListener("focus", () => setOff(launch, offFor(current())));
    return enrolmentRow(launch, menu);
  }

  /** @param {string} id @param {"retry" | "discard"} how */
  async #settle(id, how) {
    try {
      await post(`/v1/enrolments/${encodeURIComponent(id)}/${how}`);
    } catch (error) {
      complain(error, how === "retry" ? "It could not be sent again" : "It could not be discarded");
    }
    this.#changed();
  }
}

/** Why an enrolment cannot be sent again. @param {Enrolment | undefined} enrolment */
function retryOff(enrolment) {
  return enrolment?.sync.state === "refused" ? null : "It is looked for there before it is sent again.";
}

/** Why a course cannot be opened. @param {Enrolment | undefined} enrolment */
function offFor(enrolment) {
  const made = enrolment && !(enrolment.sync.state !== "in_step" && enrolment.completion === "unknown");
  return mayNot("write") || (made ? null : "The enrolment is on its way.");
}

/**
 * The page is opened before the address is asked for: browsers let only a click open one.
 *
 * @param {string} id
 */
async function openCourse(id) {
  const page = window.open("", "_blank");
  try {
    const { data } = await post(`/v1/enrolments/${encodeURIComponent(id)}/launch`);
    if (!page)
      throw new ApiError(0, {
        title: "The browser kept the course from opening",
        detail: "Allow this page to open tabs, then try again.",
      });
    page.opener = null;
    page.location.replace(data.url);
  } catch (error) {
    page?.close();
    complain(error, "The course could not be opened");
  }
}

/** @param {HTMLElement} rows */
function table(rows) {
  const heads = COLUMNS.map((name, at) =>
    h(
      "th",
      { scope: "col", role: "columnheader" },
      at === COLUMNS.length - 1 ? h("span", { class: "visually-hidden" }, name) : name,
    ),
  );
  return h(
    "table",
    { class: "table stacks", role: "table", "aria-label": "Enrolments" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
    rows,
  );
}

/** @param {HTMLElement} launch @param {HTMLElement} menu */
function enrolmentRow(launch, menu) {
  const cell = (/** @type {number} */ at, /** @type {string} */ name, /** @type {(Node | string)[]} */ ...children) =>
    h("td", { role: "cell", class: name, "data-column": COLUMNS[at] }, h("div", {}, children));
  return h(
    "tr",
    { role: "row" },
    h("th", { scope: "row", role: "rowheader" }, h("span", { class: "who" }), h("p", { class: "secondary email" })),
    cell(1, "course", h("span", { class: "title" })),
    cell(
      2,
      "progress",
      h("span", { class: "chip" }),
      h("progress", { max: 100, "aria-label": "Done" }),
      h("p", { class: "secondary more-words" }),
    ),
    cell(3, "opened", timeElement(), h("span", { class: "secondary never" }, "Never")),
    h("td", { role: "cell", class: "acts" }, launch, menu),
  );
}

/** @param {HTMLTableRowElement} row @param {Enrolment} enrolment */
function updateRow(row, enrolment) {
  const part = (/** @type {string} */ of) => /** @type {HTMLElement} */ (row.querySelector(of));
  const { text, tone } = standing(enrolment);
  const done = percent(enrolment);
  setText(part(".who"), enrolment.name || enrolment.contact_id);
  setText(part(".email"), enrolment.email || "");
  setText(part(".title"), enrolment.course);
  setText(part(".chip"), text);
  setAttribute(part(".chip"), "class", `chip ${tone}`);
  const when = enrolment.completed_at ? moment(enrolment.completed_at) : null;
  setAttribute(part(".chip"), "title", when && enrolment.completion === "completed" ? `Completed ${when}` : null);
  const bar = /** @type {HTMLProgressElement} */ (part("progress"));
  bar.value = done ?? 0;
  show(bar, done !== null && enrolment.completion === "incomplete");
  setAttribute(bar, "aria-label", `${done ?? 0} percent done`);
  setText(part(".more-words"), details(enrolment));
  show(part(".more-words"), details(enrolment));
  const opened = /** @type {HTMLTimeElement} */ (part("time"));
  if (enrolment.last_access_at) setTime(opened, enrolment.last_access_at);
  show(opened, enrolment.last_access_at);
  show(part(".never"), !enrolment.last_access_at);
  show(part(".launch"), enrolment.sync.state !== "refused");
  setOff(part(".launch"), offFor(enrolment));
  show(part("action-menu"), enrolment.sync.may_discard);
}

customElements.define("company-training", CompanyTraining);
