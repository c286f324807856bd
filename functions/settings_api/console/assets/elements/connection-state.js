// How a connection stands, in one place of fixed height: the facts while nothing happens, the progress while a run is on.

import { h, setText, show } from "../dom.js";
import { setTime, timeElement } from "../time.js";
import { count, list, plural, typeLabel } from "../words.js";
import { isUnderWay } from "./run-progress.js";

/** @typedef {import("../types.js").Integration} Integration */

export class ConnectionState extends HTMLElement {
  #progress = /** @type {import("./run-progress.js").RunProgress} */ (document.createElement("run-progress"));
  #found = h("span");
  #linked = h("span");
  #checked = timeElement();
  #checkedPart = h("span", {}, "checked ", this.#checked);
  #facts = h("p", { class: "facts" }, this.#found, this.#linked, this.#checkedPart);

  connectedCallback() {
    if (this.childElementCount > 0) return;
    show(this.#facts, false);
    show(this.#progress, false);
    this.append(this.#facts, this.#progress);
  }

  /** @param {Integration} integration */
  update(integration) {
    const { run, name, record_types: types, setup, last_success_at: at } = integration;
    const underWay = isUnderWay(run);
    show(this.#facts, !underWay);
    this.#progress.shown(underWay);
    if (run && underWay) this.#progress.update(run, name, (id) => typeLabel(types, id));
    const { found } = setup;
    const brings = at ? "" : `Brings ${list(types.map((type) => type.label.toLowerCase()))}.`;
    setText(this.#found, found ? plural(found.companies, "company", "companies") : brings);
    show(this.#found, this.#found.textContent);
    setText(this.#linked, found ? linkedWords(found.companies - found.linked) : "");
    show(this.#linked, found);
    show(this.#checkedPart, at);
    if (at) setTime(this.#checked, at);
  }
}

/** @param {number} open */
function linkedWords(open) {
  return open > 0 ? `${count(open)} not linked` : "all linked";
}

customElements.define("connection-state", ConnectionState);
