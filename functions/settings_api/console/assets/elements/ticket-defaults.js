// What tickets begin with that the portal makes, by the fields that the connector declares. Values that belong to a board are
// offered once a board is chosen, and go with it.

import { h, show } from "../dom.js";
import { keyPart } from "../options-draft.js";
import { fillSelect, numberField, problemText, selectField } from "./option-controls.js";

/** @typedef {import("../types.js").Field} Field */

const BOARD = "ticket_defaults/board";

export class TicketDefaults extends HTMLElement {
  #section;
  /** @type {(() => void)[]} */
  #fields = [];
  #hidden = h(
    "p",
    { class: "secondary", hidden: true },
    "Their names are shown to people who may manage integrations.",
  );

  /** @param {import("./options-section.js").OptionsSection} section */
  constructor(section) {
    super();
    this.#section = section;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { ticket_defaults: fields } = this.#section.context.connector;
    this.append(
      h(
        "div",
        { class: "default-fields" },
        fields.map((field) => this.#field(field)),
      ),
      this.#hidden,
    );
  }

  update() {
    for (const field of this.#fields) field();
    show(this.#hidden, this.#section.list("statuses").state === "hidden");
  }

  /** @param {Field} field */
  #field(field) {
    const { draft } = this.#section.context;
    const key = `ticket_defaults/${keyPart(field.key)}`;
    if (!field.list) {
      const control = numberField(field.label, field.help, (value) => draft.set(key, value));
      this.#fields.push(() => {
        const value = draft.get(key) || "";
        if (control.input.value.trim() !== value) control.input.value = value;
        control.wrong(problemText(draft.wrong(key)));
      });
      return control.element;
    }
    const control = selectField(field.label, field.help, (value) => this.#choose(key, value));
    this.#fields.push(() => this.#fill(control, field, key));
    return control.element;
  }

  /**
   * @param {ReturnType<typeof selectField>} control
   * @param {Field} field
   * @param {string} key
   */
  #fill(control, field, key) {
    const { draft, connector } = this.#section.context;
    const value = draft.get(key) || "";
    const board = draft.get(BOARD);
    const needsBoard = this.#ofBoard(field) && !board && !this.#section.context.off;
    const list = needsBoard ? null : this.#section.list(field.list || "", this.#ofBoard(field) ? board : undefined);
    const none = needsBoard
      ? "Choose a board first"
      : list?.state === "reading"
        ? "One moment…"
        : `${connector.short_name} decides`;
    const label = !list || list.state === "ready" ? undefined : value;
    fillSelect(control.input, [{ value: "", label: none }, ...(list?.choices || [])], value, label);
    control.input.disabled = needsBoard && !value;
    control.help(list?.state === "failed" ? `The list could not be read. ${list.problem}` : field.help);
    control.wrong(problemText(draft.wrong(key)));
  }

  /** @param {Field} field */
  #ofBoard({ list }) {
    return Boolean(this.#section.context.connector.choices.find(({ key }) => key === list)?.per_board);
  }

  /** @param {string} key @param {string} value */
  #choose(key, value) {
    const { draft, connector } = this.#section.context;
    const changes = new Map([[key, /** @type {string | undefined} */ (value)]]);
    if (key === BOARD) {
      for (const field of connector.ticket_defaults) {
        if (this.#ofBoard(field)) changes.set(`ticket_defaults/${keyPart(field.key)}`, undefined);
      }
    }
    draft.change(changes);
  }
}

customElements.define("ticket-defaults", TicketDefaults);
