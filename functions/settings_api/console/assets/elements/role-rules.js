// Ordered rules "contact type → role": the rule listed first wins. Moved by dragging the handle, by its arrow keys, or by
// the buttons; every move is said.

import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { choiceName } from "../vendor-lists.js";
import { fillSelect, problemText, roleChoices } from "./option-controls.js";
import { announce } from "./toast-region.js";

/** @typedef {{type: string, role: string}} Rule */

/**
 * @typedef {object} RulesState
 * @property {Rule[]} rules
 * @property {import("../vendor-lists.js").VendorList} list the vendor's types
 * @property {import("../types.js").Role[]} roles
 * @property {string} usual the role that a new rule begins with
 * @property {{at: string[], detail: string}[]} wrong
 * @property {string} noun what a type is called at the vendor, such as "contact type"
 * @property {string} vendor
 */

export class RoleRules extends HTMLElement {
  #changed;
  #again;
  /** @type {RulesState} */
  #state = {
    rules: [],
    list: { state: "reading", choices: [], problem: "" },
    roles: [],
    usual: "",
    wrong: [],
    noun: "",
    vendor: "",
  };
  /** Names the rows across moves: types may be chosen twice for a moment. @type {string[]} */
  #keys = [];
  #made = 0;
  #dragged = -1;

  #rows = h("ol", { class: "rules", role: "list" });
  #empty = h("p", { class: "secondary" });
  #add = h("button", { class: "button", type: "button" }, icon("plus"), "Add a rule");
  #trouble = h("div", { class: "notice warn", hidden: true });
  #retry = h("button", { class: "button", type: "button" }, "Try again");
  #wrong = h("p", { class: "wrong", hidden: true });

  /** @param {(rules: Rule[]) => void} changed @param {() => void} again reads the types again */
  constructor(changed, again) {
    super();
    this.#changed = changed;
    this.#again = again;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#add.addEventListener("click", () => this.#append());
    this.#retry.addEventListener("click", () => this.#again());
    this.#rows.addEventListener("dragover", (event) => this.#dragOver(event));
    this.#rows.addEventListener("drop", (event) => event.preventDefault());
    this.append(this.#rows, this.#empty, this.#wrong, this.#trouble, this.#add);
  }

  /** @param {RulesState} state */
  update(state) {
    this.#state = state;
    const { rules, list, noun, vendor } = state;
    while (this.#keys.length < rules.length) this.#keys.push(`rule-${(this.#made += 1)}`);
    this.#keys.length = rules.length;
    const entries = rules.map((rule, at) => ({ rule, at, key: this.#keys[at] }));
    reconcile(
      this.#rows,
      entries,
      ({ key }) => key,
      ({ key }) => this.#row(key),
      (row, { at }) => this.#fill(row, at),
    );
    show(this.#rows, rules.length > 0);
    setText(this.#empty, `No rule yet: nobody gets a role by ${noun}.`);
    show(this.#empty, rules.length === 0);
    const words = `The ${noun}s could not be read from ${vendor}. ${list.problem}`;
    if (list.state === "failed" && this.#trouble.textContent !== `${words}Try again`) {
      this.#trouble.replaceChildren(h("p", {}, words), this.#retry);
    }
    show(this.#trouble, list.state === "failed");
    const free = list.choices.some(({ value }) => !this.#used(value));
    const off = list.state !== "ready" || !free;
    this.#add.disabled = off;
    const general = problemText(state.wrong.filter(({ at }) => at.length === 0));
    setText(this.#wrong, general);
    show(this.#wrong, general);
  }

  /** @param {string} type @param {number} [except] */
  #used(type, except = -1) {
    return this.#state.rules.some((rule, at) => at !== except && rule.type.toLowerCase() === type.toLowerCase());
  }

  /** @param {string} key */
  #at(key) {
    return this.#keys.indexOf(key);
  }

  /** @param {string} key */
  #row(key) {
    const { noun } = this.#state;
    const handle = h("button", { class: "handle", type: "button", draggable: "true" }, icon("grip"));
    const type = h("select", { class: "input", "aria-label": `${noun.charAt(0).toUpperCase()}${noun.slice(1)}` });
    const role = h("select", { class: "input", "aria-label": "Role" });
    const up = h("button", { class: "button quiet icon-only", type: "button" }, icon("up"));
    const down = h("button", { class: "button quiet icon-only", type: "button" }, icon("down"));
    const remove = h("button", { class: "button quiet icon-only", type: "button" }, icon("close"));
    const row = h(
      "li",
      { class: "rule" },
      handle,
      type,
      icon("arrow"),
      role,
      h("div", { class: "rule-acts" }, up, down, remove),
      h("p", { class: "wrong", hidden: true }),
    );
    type.addEventListener("change", () => this.#edit(key, { type: type.value }));
    role.addEventListener("change", () => this.#edit(key, { role: role.value }));
    up.addEventListener("click", () => this.#move(key, -1, up));
    down.addEventListener("click", () => this.#move(key, 1, down));
    remove.addEventListener("click", () => this.#remove(key));
    handle.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      event.preventDefault();
      this.#move(key, event.key === "ArrowUp" ? -1 : 1, handle);
    });
    handle.addEventListener("dragstart", (event) => this.#dragStart(event, key, row));
    handle.addEventListener("dragend", () => this.#dragEnd(row));
    return row;
  }

  /** @param {HTMLElement} row @param {number} at */
  #fill(row, at) {
    const { rules, list, roles, wrong, vendor } = this.#state;
    const { type, role } = rules[at];
    const [types, given] = row.querySelectorAll("select");
    const free = list.choices.filter(({ value }) => !this.#used(value, at));
    const choices = free.map((choice) => ({ value: choice.value, label: choiceName(choice) }));
    const gone =
      list.state === "ready" && !list.choices.some(({ value }) => value.toLowerCase() === type.toLowerCase());
    fillSelect(types, choices, type, gone ? `${type} (no longer at ${vendor})` : type);
    fillSelect(given, roleChoices(roles, null), role, `${role} (no such role any more)`);
    const problem = problemText(wrong.filter((one) => one.at[0] === String(at)));
    const line = /** @type {HTMLElement} */ (row.querySelector(".wrong"));
    setText(line, problem);
    show(line, problem);
    setAttribute(
      types,
      "aria-invalid",
      wrong.some((one) => one.at[0] === String(at) && one.at[1] !== "role") ? "true" : null,
    );
    setAttribute(
      given,
      "aria-invalid",
      wrong.some((one) => one.at[0] === String(at) && one.at[1] === "role") ? "true" : null,
    );
    const [handle, up, down, remove] = row.querySelectorAll("button");
    const place = `rule ${at + 1} of ${rules.length}, ${type}`;
    setAttribute(handle, "aria-label", `Move ${place}: arrow keys`);
    setAttribute(up, "aria-label", `Move up ${place}`);
    setAttribute(down, "aria-label", `Move down ${place}`);
    setAttribute(remove, "aria-label", `Remove ${place}`);
    setAttribute(up, "aria-disabled", at === 0 ? "true" : null);
    setAttribute(down, "aria-disabled", at === rules.length - 1 ? "true" : null);
  }

  /** @param {string} key @param {Partial<Rule>} change */
  #edit(key, change) {
    const at = this.#at(key);
    this.#changed(this.#state.rules.map((rule, place) => (place === at ? { ...rule, ...change } : rule)));
  }

  #append() {
    const { list, usual, rules } = this.#state;
    const type = list.choices.find(({ value }) => !this.#used(value));
    if (!type) return;
    this.#changed([...rules, { type: type.value, role: usual }]);
    this.#rows.lastElementChild?.querySelector("select")?.focus();
    announce(`Rule ${rules.length + 1} added`);
  }

  /** @param {string} key */
  #remove(key) {
    const at = this.#at(key);
    const { rules } = this.#state;
    this.#keys.splice(at, 1);
    this.#changed(rules.filter((_, place) => place !== at));
    announce(`Rule for ${rules[at].type} removed`);
    const next = this.#rows.children[Math.min(at, this.#rows.children.length - 1)];
    /** @type {HTMLElement} */ (next?.querySelector("button") || this.#add).focus();
  }

  /** @param {string} key @param {number} by @param {HTMLElement} control keeps the focus */
  #move(key, by, control) {
    const at = this.#at(key);
    const to = at + by;
    const { rules } = this.#state;
    if (to < 0 || to >= rules.length) return;
    this.#place(at, to);
    control.focus();
    announce(`${rules[at].type} is rule ${to + 1} of ${rules.length} now`);
  }

  /** @param {number} at @param {number} to */
  #place(at, to) {
    const rules = [...this.#state.rules];
    rules.splice(to, 0, ...rules.splice(at, 1));
    this.#keys.splice(to, 0, ...this.#keys.splice(at, 1));
    this.#changed(rules);
  }

  /** @param {DragEvent} event @param {string} key @param {HTMLElement} row */
  #dragStart(event, key, row) {
    this.#dragged = this.#at(key);
    event.dataTransfer?.setData("text/plain", this.#state.rules[this.#dragged].type);
    event.dataTransfer?.setDragImage(row, 12, 20);
    row.classList.add("dragged");
  }

  /** @param {HTMLElement} row */
  #dragEnd(row) {
    row.classList.remove("dragged");
    const { rules } = this.#state;
    if (this.#dragged >= 0)
      announce(`${rules[this.#dragged].type} is rule ${this.#dragged + 1} of ${rules.length} now`);
    this.#dragged = -1;
  }

  /** The rule goes where the pointer is. @param {DragEvent} event */
  #dragOver(event) {
    if (this.#dragged < 0) return;
    event.preventDefault();
    const over = [...this.#rows.children].findIndex((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return event.clientY >= top && event.clientY < bottom;
    });
    if (over < 0 || over === this.#dragged) return;
    const { top, height } = this.#rows.children[over].getBoundingClientRect();
    // Only past the middle, so that rows of different heights do not swap back and forth.
    const past = over > this.#dragged ? event.clientY > top + height / 2 : event.clientY < top + height / 2;
    if (!past) return;
    this.#place(this.#dragged, over);
    this.#dragged = over;
  }
}

customElements.define("role-rules", RoleRules);
