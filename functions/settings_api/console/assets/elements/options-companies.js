// Where portal companies come from, with what it would mean now.

import { h, newId, setText, show } from "../dom.js";
import { companySentence } from "../options-words.js";
import { problemText } from "./option-controls.js";
import { OptionsSection } from "./options-section.js";

/** @type {{value: "choose" | "all", label: string}[]} */
const CHOICES = [
  { value: "choose", label: "Choose companies" },
  { value: "all", label: "All companies" },
];

export class OptionsCompanies extends OptionsSection {
  #wrong = h("p", { class: "wrong", hidden: true });
  /** @type {{input: HTMLInputElement, words: HTMLElement, value: "choose" | "all"}[]} */
  #choices = [];

  build() {
    const name = newId("companies");
    this.#choices = CHOICES.map(({ value }) => {
      const wordsId = newId("words");
      const input = h("input", { type: "radio", name, value, "aria-describedby": wordsId });
      input.addEventListener("change", () => this.context.draft.set("company_import", value));
      return { input, words: h("span", { class: "help", id: wordsId }), value };
    });
    const cards = this.#choices.map(({ input, words }, at) => {
      input.id = newId("choice");
      return h(
        "div",
        { class: "choice-card" },
        input,
        h("div", {}, h("label", { for: input.id }, CHOICES[at].label), words),
      );
    });
    return [
      h(
        "div",
        { class: "field", role: "radiogroup", "aria-label": "Where companies come from" },
        h("div", { class: "choice-cards" }, cards),
        this.#wrong,
      ),
    ];
  }

  render() {
    const { draft, integration, connector } = this.context;
    for (const { input, words, value } of this.#choices) {
      input.checked = draft.get("company_import") === value;
      setText(words, companySentence(value, integration, connector.short_name));
    }
    const wrong = problemText(draft.wrong("company_import"));
    setText(this.#wrong, wrong);
    show(this.#wrong, wrong);
  }
}

customElements.define("options-companies", OptionsCompanies);
