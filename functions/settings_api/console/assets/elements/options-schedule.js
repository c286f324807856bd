// How often changes are looked for, and whether what exists already comes, too.

import { h, newId, setText, show } from "../dom.js";
import { problemText, switchLine } from "./option-controls.js";
import { OptionsSection } from "./options-section.js";

const INTERVALS = [5, 15, 30];

export class OptionsSchedule extends OptionsSection {
  #wrong = h("p", { class: "wrong", hidden: true });
  /** @type {HTMLInputElement[]} */
  #intervals = [];
  #initial = switchLine("Import existing records", "", (on) => this.context.draft.set("initial_import", on));
  #now = h("button", { class: "button", type: "button" }, "Import existing records now");
  #offer = h("div", { class: "offer" });

  build() {
    const { draft } = this.context;
    const name = newId("interval");
    this.#intervals = INTERVALS.map((minutes) => {
      const input = h("input", { type: "radio", name, value: minutes });
      input.addEventListener("change", () => draft.set("interval_minutes", minutes));
      return input;
    });
    const labels = this.#intervals.map((input, at) => h("label", {}, input, `${INTERVALS[at]} min`));
    const helpId = newId("help");
    const help = `Where ${this.context.connector.short_name} tells us of changes, they arrive sooner.`;
    this.#now.addEventListener("click", () =>
      this.dispatchEvent(new CustomEvent("import-existing", { bubbles: true })),
    );
    this.#offer.append(h("p", {}, "Records from before it was switched on are not here."), this.#now);
    return [
      h(
        "fieldset",
        { class: "field", "aria-describedby": helpId },
        h("legend", {}, "Check for changes every"),
        h("div", { class: "segments" }, labels),
        this.#wrong,
        h("p", { class: "help", id: helpId }, help),
      ),
      h("div", { class: "lines" }, this.#initial.element, this.#offer),
    ];
  }

  render() {
    const { draft, integration } = this.context;
    for (const input of this.#intervals) input.checked = Number(input.value) === draft.get("interval_minutes");
    const wrong = problemText(draft.wrong("interval_minutes"));
    setText(this.#wrong, wrong);
    show(this.#wrong, wrong);
    const on = Boolean(draft.get("initial_import"));
    this.#initial.input.checked = on;
    this.#initial.help(
      on
        ? "Everything that is there comes, also when record types or filters are added later."
        : "Only what is created or changed from then on arrives. Companies and technicians come in any case, so that they can be linked.",
    );
    show(this.#offer, integration.enabled && draft.saved("initial_import") === false);
  }
}

customElements.define("options-schedule", OptionsSchedule);
