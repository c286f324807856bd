// The list of sections beside the options: where one is, which has changes, and which was refused. It stays in sight.

import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { plural } from "../words.js";

/** @typedef {import("./options-section.js").OptionsSection} OptionsSection */
/** @typedef {{id: string, title: string, element: OptionsSection}} Entry */

export class SectionList extends HTMLElement {
  /** @type {Entry[]} */
  #entries = [];
  #nav = h("nav", { class: "section-nav", "aria-label": "Options" });
  #current = "";
  /** The section that was chosen here stands, though it may be too short to reach the top. */
  #chosenAt = 0;
  #follow = () => this.#look();

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#nav);
    addEventListener("scroll", this.#follow, { passive: true });
    addEventListener("resize", this.#follow, { passive: true });
  }

  disconnectedCallback() {
    removeEventListener("scroll", this.#follow);
    removeEventListener("resize", this.#follow);
  }

  /** @param {Entry[]} entries */
  set entries(entries) {
    this.#entries = entries;
    this.#current = entries[0]?.id || "";
  }

  /**
   * @param {Map<string, number>} changes by section
   * @param {Set<string>} refused
   */
  update(changes, refused) {
    reconcile(
      this.#nav,
      this.#entries,
      ({ id }) => id,
      (entry) => this.#link(entry),
      (link, { id, title }) => {
        const [label, mark] = link.children;
        setText(label, title);
        const count = changes.get(id) || 0;
        const words = refused.has(id) ? "needs you" : count > 0 ? `${plural(count, "change")}` : "";
        setText(mark, words);
        setAttribute(mark, "class", refused.has(id) ? "mark-bad" : "mark-changed");
        show(/** @type {HTMLElement} */ (mark), words);
        setAttribute(link, "aria-current", id === this.#current ? "true" : null);
      },
    );
  }

  /** @param {string} id */
  go(id) {
    const entry = this.#entries.find((one) => one.id === id);
    if (!entry) return;
    this.#mark(id);
    this.#chosenAt = Date.now();
    entry.element.scrollIntoView({ block: "start" });
    entry.element.focus();
  }

  /** @param {Entry} entry */
  #link({ id }) {
    const link = h("a", { href: `#${id}` }, h("span"), h("span", { hidden: true }));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(history.state, "", `${location.pathname}${location.search}#${id}`);
      this.go(id);
    });
    return link;
  }

  /** The section under the upper third of the window is the one that is read. */
  #look() {
    if (Date.now() - this.#chosenAt < 300 || this.#entries.length === 0) return;
    const line = innerHeight / 3;
    const passed = this.#entries.filter(({ element }) => element.getBoundingClientRect().top <= line);
    const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
    const current = end ? this.#entries.at(-1) : passed.at(-1) || this.#entries[0];
    if (current) this.#mark(current.id);
  }

  /** @param {string} id */
  #mark(id) {
    if (id === this.#current) return;
    this.#current = id;
    for (const link of /** @type {HTMLElement[]} */ ([...this.#nav.children])) {
      const here = link.dataset.key === id;
      setAttribute(link, "aria-current", here ? "true" : null);
      // On a phone the list is a row that is wider than the page.
      if (here) this.#nav.scrollLeft = link.offsetLeft - (this.#nav.clientWidth - link.offsetWidth) / 2;
    }
  }
}

customElements.define("section-list", SectionList);
