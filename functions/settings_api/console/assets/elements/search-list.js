// A search box with its results below: asks while somebody types, arrows move, Enter picks. The focus stays in the box,
// the active result is told to screen readers by reference. The last question's answer is the only one that shows.

import { ApiError } from "../api.js";
import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { plural } from "../words.js";

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} name
 * @property {string} [more] a second, quieter line
 * @property {string[]} [marks] short words beside the name
 * @property {string | null} [off] why it cannot be picked
 */

/**
 * @template T
 * @typedef {object} Source
 * @property {string} label what is searched
 * @property {(text: string, signal: AbortSignal) => Promise<{items: T[], more: boolean, caption?: string}>} find
 * @property {(item: T) => Entry} entry
 * @property {(item: T) => void} pick
 * @property {(text: string) => string} nothing what to say when nothing is found
 */

const PAUSE = 200;

/** @template T */
export class SearchList extends HTMLElement {
  #source;
  #input = h("input", {
    class: "input",
    type: "text",
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 200,
  });
  #caption = h("p", { class: "results-caption" });
  #list = h("ul", { class: "results", role: "listbox", id: newId("results") });
  #note = h("p", { class: "results-note" });
  #again = h("button", { class: "button", type: "button" }, "Try again");
  #said = h("p", { class: "visually-hidden", role: "status" });
  /** @type {T[]} */
  #items = [];
  #active = -1;
  #asked = "";
  /** Enter was pressed before the answer to what was typed had come, and nothing was typed since. */
  #pickFirst = false;
  /** @type {AbortController | null} */
  #asking = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Source<T>} source */
  constructor(source) {
    super();
    this.#source = source;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { label } = this.#source;
    setAttribute(this.#input, "aria-label", label);
    setAttribute(this.#input, "placeholder", label);
    setAttribute(this.#input, "aria-controls", this.#list.id);
    setAttribute(this.#list, "aria-label", label);
    this.append(
      h("div", { class: "search-box" }, icon("search"), this.#input),
      this.#caption,
      this.#list,
      this.#note,
      this.#again,
      this.#said,
    );
    this.#input.addEventListener("input", () => {
      this.#pickFirst = false;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(), PAUSE);
    });
    this.#input.addEventListener("keydown", (event) => this.#press(event));
    // The box keeps the focus while a result is clicked.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#pick(this.#indexOf(event.target)));
    this.#list.addEventListener("mousemove", (event) => this.#setActive(this.#indexOf(event.target)));
    this.#again.addEventListener("click", () => this.#ask());
    this.#ask();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  focus() {
    this.#input.focus();
  }

  get #text() {
    return this.#input.value.trim();
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const text = this.#text;
    this.#asked = text;
    setAttribute(this.#list, "aria-busy", "true");
    show(this.#again, false);
    if (this.#items.length === 0) this.#say("Searching…");
    try {
      const { items, more, caption } = await this.#source.find(text, asking.signal);
      if (asking.signal.aborted) return;
      this.#show(items, more, caption || "");
    } catch (error) {
      if (asking.signal.aborted) return;
      this.#show([], false, "");
      this.#say(error instanceof ApiError ? error.sentence : "Something went wrong in this page.");
      show(this.#again, true);
    }
  }

  /** @param {T[]} items @param {boolean} more @param {string} caption */
  #show(items, more, caption) {
    this.#items = items;
    setAttribute(this.#list, "aria-busy", null);
    setText(this.#caption, caption);
    show(this.#caption, caption && items.length > 0);
    const entries = items.map((item) => this.#source.entry(item));
    reconcile(this.#list, entries, ({ key }) => key, option, updateOption);
    show(this.#list, items.length > 0);
    setAttribute(this.#input, "aria-expanded", String(items.length > 0));
    this.#list.scrollTop = 0;
    this.#say(
      items.length === 0 ? this.#source.nothing(this.#asked) : more ? "There are more. Type to narrow them down." : "",
    );
    setText(
      this.#said,
      items.length > 0 ? `${more ? "More than " : ""}${plural(items.length, "result")}` : this.#note.textContent,
    );
    this.#setActive(entries.findIndex(({ off }) => !off));
    if (this.#pickFirst) this.#pick(this.#active);
    this.#pickFirst = false;
  }

  /** @param {string} note */
  #say(note) {
    setText(this.#note, note);
    show(this.#note, note);
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    const option = target instanceof Element ? target.closest("[role=option]") : null;
    return option ? [...this.#list.children].indexOf(option) : -1;
  }

  /** @param {number} index */
  #setActive(index) {
    this.#active = index;
    const options = [...this.#list.children];
    for (const [at, option] of options.entries()) setAttribute(option, "aria-selected", String(at === index));
    setAttribute(this.#input, "aria-activedescendant", options[index]?.id);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const last = this.#items.length - 1;
    if (event.key === "Enter") {
      event.preventDefault();
      // A key that is held opened this list, perhaps; it chose nothing in it.
      if (event.repeat) return;
      if (this.#text !== this.#asked || this.#list.hasAttribute("aria-busy")) {
        this.#pickFirst = this.#text !== "";
        if (this.#text !== this.#asked) this.#ask();
      } else this.#pick(this.#active);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (last < 0) return;
      const to = event.key === "ArrowDown" ? this.#active + 1 : this.#active - 1;
      this.#setActive(to > last ? 0 : to < 0 ? last : to);
      this.#list.children[this.#active].scrollIntoView({ block: "nearest" });
    }
  }

  /** @param {number} index */
  #pick(index) {
    const item = this.#items[index];
    if (!item) return;
    const { off } = this.#source.entry(item);
    if (off) setText(this.#said, off);
    else this.#source.pick(item);
  }
}

/** @param {Entry} entry */
function option(entry) {
  return h(
    "li",
    { class: "result", role: "option", id: newId("result") },
    h("span", { class: "result-name clamped" }),
    h("span", { class: "result-marks" }),
    h("small"),
  );
}

/** @param {HTMLElement} element @param {Entry} entry */
function updateOption(element, { name, more, marks = [], off }) {
  const [title, some, second] = /** @type {HTMLElement[]} */ ([...element.children]);
  setText(title, name);
  some.replaceChildren(...marks.map((mark) => h("span", { class: "chip" }, mark)));
  setText(second, [more, off].filter(Boolean).join(" · "));
  show(second, more || off);
  setAttribute(element, "aria-disabled", off ? "true" : null);
}

customElements.define("search-list", SearchList);
