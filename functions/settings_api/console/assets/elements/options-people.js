// Who gets in: whether contacts become portal users, and with which role. The steps stand in the order in which they are
// tried; the first that gives a role, or says "do not import", decides.

import { h, setText, show } from "../dom.js";
import { DO_NOT_IMPORT } from "../options-words.js";
import { hasPage, href, queryValue, setQuery } from "../router.js";
import { AddressPatterns } from "./address-patterns.js";
import { ImportPreview } from "./import-preview.js";
import { fillSelect, problemText, roleChoices, selectField, switchLine } from "./option-controls.js";
import { OptionsSection } from "./options-section.js";
import { RoleRules } from "./role-rules.js";

export class OptionsPeople extends OptionsSection {
  #enabled = switchLine("Make contacts portal users", "", (on) => this.#set("enabled", on));
  #rules = new RoleRules(
    (rules) => this.#set("type_rules", rules),
    () => this.context.lists.again(),
  );
  #primary = selectField("Primary contacts get", "", (role) => this.#set("primary_role", role));
  #rest = selectField("Everybody else gets", "", (role) => this.#set("default_role", role));
  #nobody = h("p", { class: "notice warn", hidden: true });
  #patterns = new AddressPatterns((patterns) => this.#set("exclude_emails", patterns));
  #look = h("button", { class: "button", type: "button" }, "Preview who gets in");

  build() {
    const { connector } = this.context;
    this.#look.addEventListener("click", () => this.#preview());
    const companies = hasPage("/settings/companies")
      ? h("a", { href: href("/settings/companies") }, "Companies")
      : "Companies";
    const own = h(
      "p",
      { class: "secondary" },
      "Set for a single company under ",
      companies,
      ". It comes before everything here.",
    );
    const steps = [step("The company’s own Default Import Role", own)];
    if (this.#types) steps.push(step(`Role by ${this.#noun}`, this.#rules));
    if (connector.primary_contact) steps.push(step("Primary contact", this.#primary.element));
    steps.push(step("Default", this.#rest.element));
    return [
      this.#enabled.element,
      h("div", { class: "chain-head" }, h("p", {}, "The first step that applies gives the role:")),
      h("ol", { class: "chain", role: "list" }, steps),
      this.#nobody,
      this.#patterns,
    ];
  }

  connectedCallback() {
    super.connectedCallback();
    // Looking is for everybody, so it stands outside of what is switched off for those who may only look.
    if (!this.context.setup && !this.#look.isConnected) this.append(h("div", { class: "section-foot" }, this.#look));
    if (queryValue("preview") && !this.context.setup) this.#preview();
  }

  render() {
    const { draft, connector, roles } = this.context;
    const get = (/** @type {string} */ field) => draft.get(`auto_import/${field}`);
    const wrong = (/** @type {string} */ field) => draft.wrong(`auto_import/${field}`);
    const vendor = connector.short_name;
    this.#enabled.input.checked = Boolean(get("enabled"));
    this.#enabled.help(
      get("enabled")
        ? `Active contacts of linked companies become users. Their access follows ${vendor}: it ends while a contact is inactive or gone. Nobody is sent mail.`
        : "Off: contacts are mirrored, and nobody becomes a user by itself. Users that were imported before stay.",
    );
    const rules = get("type_rules") || [];
    const state = {
      rules,
      list: this.#types
        ? this.list("contact_types")
        : { state: /** @type {const} */ ("ready"), choices: [], problem: "" },
      roles,
      usual: get("default_role") || DO_NOT_IMPORT,
      wrong: wrong("type_rules"),
      noun: this.#noun,
      vendor,
    };
    if (this.#types) this.#rules.update(state);
    this.#role(this.#primary, "primary_role", "The same as everybody else", connector.primary_contact);
    this.#role(this.#rest, "default_role", "No role: they are left out", "");
    const nobody = get("enabled") && !get("default_role") && !get("primary_role") && rules.length === 0;
    setText(this.#nobody, "No step gives a role yet, so nobody would be imported. Choose at least a default.");
    show(this.#nobody, nobody);
    this.#patterns.update(get("exclude_emails") || [], wrong("exclude_emails"));
  }

  /** Whether the vendor has types of contacts at all. */
  get #types() {
    return this.context.connector.choices.some(({ key }) => key === "contact_types");
  }

  /** What the vendor calls them, one of them. */
  get #noun() {
    const label = this.context.connector.choices.find(({ key }) => key === "contact_types")?.label || "Contact types";
    return label.toLowerCase().replace(/s$/, "");
  }

  /**
   * @param {ReturnType<typeof selectField>} control
   * @param {"primary_role" | "default_role"} field
   * @param {string} nothing
   * @param {string | undefined} help
   */
  #role(control, field, nothing, help) {
    const { draft, roles } = this.context;
    const value = draft.get(`auto_import/${field}`) || "";
    fillSelect(control.input, roleChoices(roles, nothing), value, `${value} (no such role any more)`);
    control.help(help ? `Primary is ${help}.` : "");
    control.wrong(problemText(draft.wrong(`auto_import/${field}`)));
  }

  /** @param {string} field @param {any} value */
  #set(field, value) {
    this.context.draft.set(`auto_import/${field}`, value);
  }

  #preview() {
    const { connector, draft, roles, off } = this.context;
    const dialog = new ImportPreview(connector, off ? null : draft.options.auto_import, roles);
    dialog.addEventListener("dialog-closed", () => {
      dialog.remove();
      if (queryValue("preview")) setQuery({ preview: null });
      this.#look.focus();
    });
    this.append(dialog);
  }
}

/** @param {string} title @param {Node} content */
function step(title, content) {
  return h("li", { class: "chain-step" }, h("p", { class: "chain-title" }, title), content);
}

customElements.define("options-people", OptionsPeople);
