// Manage Defaults: the role that a company's newly imported users get, what it inherits without one, and what the next
// import would give. Somebody else's change in between is never overwritten unseen.

import { ApiError, all, get, put } from "../api.js";
import { companyPath } from "../company-actions.js";
import { DO_NOT_IMPORT, roleName } from "../company-words.js";
import { h, isOff, newId, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { mayNot } from "../session.js";
import { failed, loading } from "../states.js";
import { mayLeave } from "../unsaved.js";
import { announce, toast } from "./toast-region.js";

/** @typedef {import("../company-types.js").Defaults} Defaults */
/** @typedef {import("../company-types.js").Role} Role */

export class DefaultsDialog extends HTMLElement {
  #id;
  #name = "";
  /** As it was read last. @type {Defaults | null} */
  #defaults = null;
  /** @type {string | null} */
  #etag = null;
  /** @type {Role[]} */
  #roles = [];
  #saving = false;

  #dialog = h("dialog", { class: "small-dialog form-dialog", "aria-labelledby": newId("defaults") });
  #title = h("h2", {}, "Defaults");
  #body = h("div", { class: "body" }, loading("defaults", 3));
  #inherited = h("ul", { class: "inherited", role: "list" });
  #select = h("select", { class: "input", id: newId("field") });
  #wrong = h("p", { class: "wrong", id: newId("wrong"), hidden: true });
  #preview = h("ul", { role: "list" });
  #problem = h("div", { class: "notice bad", role: "alert", hidden: true });
  #save = h("button", { class: "button primary reason-end", type: "submit" });

  /** @param {string} id of the company */
  constructor(id) {
    super();
    this.#id = id;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this.#title, "id", this.#dialog.getAttribute("aria-labelledby"));
    const cancel = h("button", { class: "button", type: "button", on: { click: () => this.#leave() } }, "Cancel");
    const form = h("form", {}, this.#body, this.#problem, h("div", { class: "choices" }, cancel, this.#save));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#dialog.append(this.#title, form);
    this.#dialog.addEventListener("cancel", (event) => {
      if (event.target !== this.#dialog) return;
      event.preventDefault();
      this.#leave();
    });
    this.#dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("dialog-closed")));
    this.#select.addEventListener("change", () => {
      show(this.#wrong, false);
      this.#renderPreview();
    });
    this.append(this.#dialog);
    this.#renderSave();
    this.#dialog.showModal();
    this.#start();
  }

  close() {
    this.#dialog.close();
  }

  async #start() {
    try {
      const [company, roles] = await Promise.all([get(companyPath(this.#id)), all("/v1/roles"), this.#read()]);
      this.#name = company.data.name;
      this.#roles = /** @type {Role[]} */ (roles);
      this.#show();
    } catch (error) {
      const again = () => {
        this.#body.replaceChildren(loading("defaults", 3));
        this.#start();
      };
      this.#body.replaceChildren(failed("The defaults could not be read", error, again));
    }
  }

  async #read() {
    const { data, etag } = await get(`${companyPath(this.#id)}/defaults`);
    this.#defaults = data;
    this.#etag = etag;
  }

  #show() {
    setText(this.#title, `Defaults of ${this.#name}`);
    const own = this.#saved;
    const choices = [{ id: "", name: "Inherited" }, ...this.#roles, { id: DO_NOT_IMPORT, name: "Do not import" }];
    if (own && !choices.some(({ id }) => id === own)) choices.push({ id: own, name: roleName(own, this.#roles) });
    this.#select.replaceChildren(...choices.map(({ id, name }) => h("option", { value: id }, name)));
    this.#select.value = own || "";
    const helpId = newId("help");
    setAttribute(this.#select, "aria-describedby", `${this.#wrong.id} ${helpId}`);
    this.#body.replaceChildren(
      h(
        "div",
        { class: "field" },
        h("label", { for: this.#select.id }, "Default Import Role"),
        this.#select,
        this.#wrong,
        this.#inherited,
        h("p", { class: "help", id: helpId }, "For people imported from now on. Users that exist keep their role."),
      ),
      h("div", { class: "preview", role: "status" }, h("h3", {}, "The next import would give"), this.#preview),
    );
    this.#renderInherited();
    this.#renderPreview();
    this.#renderSave();
    this.#select.focus();
  }

  /** The role that is stored, as far as we know. */
  get #saved() {
    return this.#defaults?.import_role ?? null;
  }

  get #choice() {
    return this.#select.value || null;
  }

  #renderInherited() {
    const lines = (this.#defaults?.inherited || []).map(({ text }) => h("li", {}, text));
    this.#inherited.replaceChildren(...lines);
  }

  async #renderPreview() {
    const choice = this.#choice;
    const path = `${companyPath(this.#id)}/defaults?preview=${encodeURIComponent(choice || "inherit")}`;
    setAttribute(this.#preview, "aria-busy", "true");
    /** @type {string[]} */
    let lines;
    try {
      const { data } = await get(path);
      lines = data.next_import.map((/** @type {{text: string}} */ { text }) => text);
      if (lines.length === 0) lines.push("Nothing, until a PSA is linked.");
    } catch (error) {
      lines = [error instanceof ApiError ? error.sentence : "Something went wrong in this page."];
    }
    // Another role was chosen meanwhile: its answer comes.
    if (choice !== this.#choice) return;
    setAttribute(this.#preview, "aria-busy", null);
    this.#preview.replaceChildren(...lines.map((line) => h("li", {}, line)));
  }

  #renderSave() {
    const waiting = this.#saving || !this.#defaults ? "One moment, please." : null;
    setOff(this.#save, mayNot("write") || waiting);
    this.#save.replaceChildren(...(this.#saving ? [h("span", { class: "spinner" }), "Saving…"] : ["Save"]));
  }

  /** Another role is chosen and not saved. */
  get dirty() {
    return this.#name !== "" && this.#choice !== this.#saved;
  }

  async #leave() {
    if (this.#saving) return;
    if (!this.dirty || (await mayLeave())) this.close();
  }

  async #submit() {
    if (isOff(this.#save)) return;
    this.#saving = true;
    this.#renderSave();
    show(this.#problem, false);
    try {
      if (await this.#put()) this.#done();
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#saving = false;
      this.#renderSave();
    }
  }

  /** Whether it is saved. Where only other things of the company have changed meanwhile, it is saved all the same. */
  async #put() {
    const path = `${companyPath(this.#id)}/defaults`;
    for (let tries = 1; ; tries += 1) {
      try {
        await put(path, { import_role: this.#choice }, { etag: this.#etag });
        return true;
      } catch (error) {
        const stale = error instanceof ApiError && (error.status === 412 || error.status === 409);
        if (!stale || tries === 3) throw error;
        const before = this.#saved;
        await this.#read();
        if (this.#saved !== before) {
          this.#tellOfOther();
          return false;
        }
      }
    }
  }

  #tellOfOther() {
    const role = roleName(this.#saved, this.#roles);
    const text = `It is “${role}” now. Your choice is still below: save again to put it in its place.`;
    this.#problem.replaceChildren(
      icon("alert"),
      h("div", {}, h("strong", {}, "Somebody else changed this in the meantime"), text),
    );
    show(this.#problem, true);
    this.#renderInherited();
    this.#renderPreview();
    announce(text);
  }

  #done() {
    toast(`Default Import Role of ${this.#name}: ${roleName(this.#choice, this.#roles)}.`);
    this.dispatchEvent(new CustomEvent("companies-changed", { bubbles: true }));
    this.close();
  }

  /** @param {unknown} error */
  #complain(error) {
    if (!(error instanceof ApiError)) throw error;
    const about = error.fields.get("import_role");
    setText(this.#wrong, about);
    show(this.#wrong, about);
    setAttribute(this.#select, "aria-invalid", about ? "true" : null);
    if (!about) {
      this.#problem.replaceChildren(icon("alert"), h("div", {}, h("strong", {}, error.title), error.detail));
      show(this.#problem, true);
    }
    announce(error.sentence);
  }
}

customElements.define("defaults-dialog", DefaultsDialog);
