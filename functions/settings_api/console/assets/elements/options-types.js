// What to sync: a switch per record type, with its direction, the permission it takes, how often it is read, and what the
// vendor cannot do. What is not permitted is locked, and can be checked again.

import { h, isOff, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { keyPart } from "../options-draft.js";
import { checkPermissions } from "../permission-check.js";
import { list, plural } from "../words.js";
import { switchLine } from "./option-controls.js";
import { OptionsSection } from "./options-section.js";
import { cadenceWords } from "./sync-details.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../types.js").Connector["record_types"][number]} DeclaredType */

export class OptionsTypes extends OptionsSection {
  #rows = h("div", { class: "lines" });
  #note = h("p", { class: "notice warn", hidden: true });

  build() {
    return [this.#rows, this.#note];
  }

  render() {
    const { connector, draft } = this.context;
    reconcile(
      this.#rows,
      connector.record_types,
      ({ id }) => id,
      (type) => new TypeLine(type, this),
      (line) => line.update(),
    );
    const on = (/** @type {string} */ id) => Boolean(draft.get(`record_types/${id}`));
    const dependent = connector.record_types.filter(({ id }) => on(id) && (id === "contacts" || id === "tickets"));
    const orphans = !on("companies") && dependent.length > 0;
    const labels = list(dependent.map(({ label }) => label.toLowerCase()));
    setText(this.#note, `Without companies nothing new can be linked, so ${labels} of companies not linked yet wait.`);
    show(this.#note, orphans);
  }
}

class TypeLine extends HTMLElement {
  #type;
  #section;
  #switch;
  #facts = h("p", { class: "type-facts" });
  #cadence = h("p", { class: "secondary" });
  #lock = h("div", { class: "locked", hidden: true });
  #why = h("p", {});
  /** What came of the last check. */
  #said = "";
  #again = h("button", { class: "button reason-end", type: "button" }, "Check again");

  /** @param {DeclaredType} type @param {OptionsTypes} section */
  constructor(type, section) {
    super();
    this.#type = type;
    this.#section = section;
    const { draft } = section.context;
    this.#switch = switchLine(type.label, type.limitation || "", (on) => draft.set(this.#key, on));
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { connector } = this.#section.context;
    const both = this.#type.direction === "both";
    const direction = both ? "Both ways" : `From ${connector.short_name} to the portal`;
    const needs = connector.permissions.filter(({ record_types: types }) => types.includes(this.#type.id));
    this.#facts.append(h("span", { class: "direction" }, icon(both ? "both" : "arrow"), direction));
    if (needs.length === 1) this.#facts.append(h("span", {}, `Needs “${needs[0].name}”`));
    if (needs.length > 1) this.#facts.append(permissions(needs));
    this.#lock.append(icon("lock"), this.#why, this.#again);
    this.#again.addEventListener("click", () => {
      if (!isOff(this.#again)) this.#check();
    });
    this.append(this.#switch.element, this.#facts, this.#cadence, this.#lock);
  }

  get #key() {
    return `record_types/${keyPart(this.#type.id)}`;
  }

  get #state() {
    return this.#section.context.integration.record_types.find(({ id }) => id === this.#type.id);
  }

  update() {
    const { draft, connector } = this.#section.context;
    const locked = this.#state?.permitted === false;
    this.#switch.input.checked = !locked && Boolean(draft.get(this.#key));
    this.#switch.input.disabled = locked;
    this.#switch.wrong(
      draft
        .wrong(this.#key)
        .map(({ detail }) => detail)
        .join(" "),
    );
    setAttribute(this, "class", locked ? "type-line is-locked" : "type-line");
    const cadence = this.#state ? cadenceWords(this.#state) : "";
    setText(this.#cadence, cadence);
    show(this.#cadence, cadence && !locked);
    show(this.#lock, locked);
    const vendor = connector.short_name;
    const why = `${vendor} does not permit this yet. Have it permitted there, then check again; until then it stays off.`;
    setText(this.#why, this.#said || why);
  }

  async #check() {
    const { connector } = this.#section.context;
    setOff(this.#again, "One moment, please.");
    this.#again.replaceChildren(h("span", { class: "spinner" }), "Checking…");
    const said = await checkPermissions(connector, this.#type.id);
    this.#again.replaceChildren("Check again");
    setOff(this.#again, null);
    this.#said = said;
    this.update();
    announce(said);
    this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
  }
}

/** @param {{name: string, why: string}[]} needs */
function permissions(needs) {
  const lines = needs.map(({ name, why }) => h("li", {}, why ? `${name}: ${why}` : name));
  return h(
    "details",
    {},
    h("summary", {}, icon("chevron"), `Needs ${plural(needs.length, "permission")}`),
    h("ul", {}, lines),
  );
}

customElements.define("type-line", TypeLine);
customElements.define("options-types", OptionsTypes);
