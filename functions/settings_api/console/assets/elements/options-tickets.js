// Tickets: which stage shows which status, what is written back, and what new tickets begin with.

import { h, show } from "../dom.js";
import { OptionsSection } from "./options-section.js";
import { StageBoard } from "./stage-board.js";
import { TicketDefaults } from "./ticket-defaults.js";

export class OptionsTickets extends OptionsSection {
  #off = h("p", { class: "notice warn", hidden: true }, "Tickets are not synced at present, so this has no effect.");
  #board = new StageBoard(this);
  #defaults = new TicketDefaults(this);

  build() {
    const level = this.context.setup ? "h5" : "h4";
    const defaults = this.context.connector.ticket_defaults.length > 0;
    const lead = h(
      "p",
      { class: "secondary" },
      "What a ticket begins with that is made in the portal, unless the ticket itself says otherwise.",
    );
    return [
      this.#off,
      h("div", { class: "scope-group" }, h(level, {}, "Stages"), this.#board),
      ...(defaults ? [h("div", { class: "scope-group" }, h(level, {}, "New tickets"), lead, this.#defaults)] : []),
    ];
  }

  render() {
    show(this.#off, this.context.draft.get("record_types/tickets") === false);
    this.#board.update();
    if (this.#defaults.isConnected) this.#defaults.update();
  }
}

customElements.define("options-tickets", OptionsTickets);
