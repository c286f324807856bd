// Enrols somebody of a company: first the course, then the person, each by search. Both can be chosen anew before the
// button is pressed; nothing is sent before.

import { ApiError, get, post } from "../api.js";
import { h, isOff, newId, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { courseHint } from "../training-words.js";
import { SearchList } from "./search-list.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../training-words.js").Course} Course */
/** @typedef {import("../company-types.js").User} User */

const RESULTS = 20;

export class EnrolDialog extends HTMLElement {
  #company;
  #name;
  #made;
  /** @type {Course | null} */
  #course = null;
  /** @type {User | null} */
  #person = null;
  #saving = false;
  #dialog = h("dialog", { class: "small-dialog enrol-dialog" });
  #courseStep = h("div", { class: "field" });
  #personStep = h("div", { class: "field" });
  #problem = h("div", { class: "notice bad", role: "alert", hidden: true });
  #save = h("button", { class: "button primary reason-end", type: "button" });

  /**
   * @param {string} company its id
   * @param {string} name its name
   * @param {(enrolment: import("../training-words.js").Enrolment) => void} made
   */
  constructor(company, name, made) {
    super();
    this.#company = company;
    this.#name = name;
    this.#made = made;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const titleId = newId("enrol");
    setAttribute(this.#dialog, "aria-labelledby", titleId);
    const cancel = h(
      "button",
      { class: "button", type: "button", on: { click: () => this.#dialog.close() } },
      "Cancel",
    );
    this.#save.addEventListener("click", () => {
      if (!isOff(this.#save)) this.#submit();
    });
    this.#dialog.append(
      h("h2", { id: titleId }, `Enrol somebody of ${this.#name}`),
      h("p", {}, "They see the course in the portal. No mail is sent."),
      this.#courseStep,
      this.#personStep,
      this.#problem,
      h("div", { class: "choices" }, cancel, this.#save),
    );
    this.#dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("dialog-closed")));
    this.append(this.#dialog);
    this.#render();
    this.#dialog.showModal();
    this.#focusSearch(this.#courseStep);
  }

  #render() {
    this.#step(
      this.#courseStep,
      "Course",
      this.#course?.title || null,
      () => this.#courses(),
      () => {
        this.#course = null;
      },
    );
    this.#step(
      this.#personStep,
      "Person",
      this.#person?.name || null,
      () => this.#persons(),
      () => {
        this.#person = null;
      },
    );
    show(this.#personStep, this.#course !== null);
    const off = this.#saving
      ? "One moment, please."
      : this.#course && this.#person
        ? null
        : "Choose a course and a person.";
    setOff(this.#save, off);
    this.#save.replaceChildren(...(this.#saving ? [h("span", { class: "spinner" }), "Enrolling…"] : ["Enrol"]));
  }

  /**
   * What is chosen, with a way to choose anew; or the search for it.
   *
   * @param {HTMLElement} step
   * @param {string} label
   * @param {string | null} chosen
   * @param {() => SearchList<any>} search
   * @param {() => void} clear
   */
  #step(step, label, chosen, search, clear) {
    if (step.dataset.chosen === (chosen ?? "") && step.childElementCount > 0) return;
    step.dataset.chosen = chosen ?? "";
    if (chosen === null) {
      step.replaceChildren(h("span", { class: "label" }, label), search());
      return;
    }
    const change = h(
      "button",
      { class: "button", type: "button", "aria-label": `Choose another ${label.toLowerCase()}` },
      "Change",
    );
    change.addEventListener("click", () => {
      clear();
      this.#render();
      this.#focusSearch(step);
    });
    step.replaceChildren(
      h("span", { class: "label" }, label),
      h("div", { class: "chosen" }, h("strong", {}, chosen), change),
    );
  }

  /** @param {HTMLElement} step */
  #focusSearch(step) {
    /** @type {HTMLElement | null} */ (step.querySelector("input"))?.focus();
  }

  #courses() {
    return new SearchList({
      label: "Search courses",
      find: async (text, signal) => {
        const search = text ? `search=${encodeURIComponent(text)}&` : "";
        const { data } = await get(`/v1/courses?${search}limit=${RESULTS}`, { signal });
        return { items: /** @type {Course[]} */ (data.items), more: data.next_cursor !== null };
      },
      entry: (/** @type {Course} */ course) => ({ key: course.id, name: course.title, more: courseHint(course) }),
      pick: (course) => {
        this.#course = course;
        this.#render();
        this.#person ? this.#save.focus() : this.#focusSearch(this.#personStep);
      },
      nothing: (text) => (text ? `There is no course like “${text}”.` : "The catalogue has no courses yet."),
    });
  }

  #persons() {
    return new SearchList({
      label: `Search people of ${this.#name}`,
      find: async (text, signal) => {
        const search = text ? `&search=${encodeURIComponent(text)}` : "";
        const of = `/v1/users?company=${encodeURIComponent(this.#company)}`;
        const { data } = await get(`${of}${search}&limit=${RESULTS}`, { signal });
        return { items: /** @type {User[]} */ (data.items), more: data.next_cursor !== null };
      },
      entry: (/** @type {User} */ user) => ({
        key: user.id,
        name: user.name,
        more: user.email,
        off: user.state === "active" ? null : "has no access to the portal",
      }),
      pick: (user) => {
        this.#person = user;
        this.#render();
        this.#save.focus();
      },
      nothing: (text) =>
        text ? `Nobody here is like “${text}”.` : "This company has no users yet. Add one on its Overview.",
    });
  }

  async #submit() {
    this.#saving = true;
    show(this.#problem, false);
    this.#render();
    try {
      const wanted = { course_id: this.#course?.id, contact_id: this.#person?.id };
      const { data } = await post(`/v1/companies/${encodeURIComponent(this.#company)}/enrolments`, wanted);
      this.#dialog.close();
      this.#made(data);
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#saving = false;
      this.#render();
    }
  }

  /** @param {unknown} error */
  #complain(error) {
    if (!(error instanceof ApiError)) throw error;
    const text = error.errors.map(({ detail }) => detail).join(" ") || error.detail;
    this.#problem.replaceChildren(icon("alert"), h("div", {}, h("strong", {}, error.title), ` ${text}`));
    show(this.#problem, true);
    announce(error.sentence);
  }
}

customElements.define("enrol-dialog", EnrolDialog);
