// The frame of the settings area where no portal provides one: header with who is signed in, and the rail of settings
// pages. Absent when embedded; no page knows about it.

import { h, setAttribute } from "../dom.js";
import { icon } from "../icons.js";
import { currentPath, hasPage, href } from "../router.js";
import { me } from "../session.js";
import "./action-menu.js";

const RAIL = [
  { path: "/settings/integrations", label: "Integrations" },
  { path: "/settings/companies", label: "Companies" },
  { path: "/settings/activity", label: "Activity" },
];

export class PortalShell extends HTMLElement {
  /** @type {(() => Promise<void>) | null} */
  signOut = null;

  /** @type {HTMLAnchorElement[]} */
  #links = [];

  connectedCallback() {
    const main = this.querySelector("main");
    const skip = h("button", {
      class: "skip button",
      type: "button",
      on: { click: () => this.querySelector("main")?.focus() },
    });
    skip.append("Skip to the page");
    this.#links = RAIL.filter(({ path }) => hasPage(path)).map(({ path, label }) =>
      h("a", { href: href(path) }, label),
    );
    const header = h(
      "header",
      { class: "shell-head" },
      h(
        "a",
        { class: "shell-name", href: href("/settings/integrations") },
        h("span", { class: "shell-mark" }, icon("both")),
        me().tenant.name,
      ),
      this.#account(),
    );
    const rail = h(
      "nav",
      { class: "rail", "aria-label": "Settings" },
      h("p", { class: "rail-title" }, "Settings"),
      this.#links,
    );
    this.prepend(skip, header, rail);
    if (main) this.append(main);
    document.addEventListener("page-changed", this.#follow);
    this.#follow();
  }

  disconnectedCallback() {
    document.removeEventListener("page-changed", this.#follow);
  }

  #account() {
    const name = me().user.name;
    if (!this.signOut) return h("span", { class: "shell-user" }, name);
    const menu = /** @type {import("./action-menu.js").ActionMenu} */ (document.createElement("action-menu"));
    menu.setup(`Signed in as ${name}`, () => [{ label: "Sign out", act: () => this.signOut?.() }], name);
    return menu;
  }

  #follow = () => {
    for (const link of this.#links) {
      const current = currentPath();
      const path = new URL(link.href).pathname.slice(href("").length);
      setAttribute(link, "aria-current", current === path ? "page" : current.startsWith(`${path}/`) ? "true" : null);
    }
  };
}

customElements.define("portal-shell", PortalShell);
