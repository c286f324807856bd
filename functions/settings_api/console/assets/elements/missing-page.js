// What an address shows that leads nowhere.

import { h } from "../dom.js";
import { href } from "../router.js";

class MissingPage extends HTMLElement {
  connectedCallback() {
    this.append(
      h(
        "div",
        { class: "blank" },
        h("h1", { tabindex: "-1" }, "There is no such page"),
        h("p", {}, "The address may be mistyped, or the page has moved."),
        h("a", { class: "button primary", href: href("/settings/integrations") }, "Go to Integrations"),
      ),
    );
  }
}

customElements.define("missing-page", MissingPage);
