// Options of a connection: sections beside a list of them, one draft of everything, one bar to save it. Nothing that somebody
// changed is lost: not when saving fails, not when somebody else saved in between, and not by leaving without being asked.

import { ApiError, all, get, integration as path, put } from "../api.js";
import { openSetup } from "../actions.js";
import { catalogue } from "../catalogue.js";
import { ask } from "../dialog.js";
import { dropDraft, keepDraft, takeUpDraft } from "../draft-keeping.js";
import { h, show } from "../dom.js";
import { icon } from "../icons.js";
import { OptionsDraft } from "../options-draft.js";
import { sectionOf, sectionsOf } from "../options-sections.js";
import { effectSentence, settingName } from "../options-words.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";
import { mayLeave, watch } from "../unsaved.js";
import { VendorLists } from "../vendor-lists.js";
import { list, plural } from "../words.js";
import { SaveBar } from "./save-bar.js";
import { SectionList } from "./section-list.js";
import { announce, toast } from "./toast-region.js";

/** @typedef {import("./options-section.js").OptionsContext} OptionsContext */
/** @typedef {import("../types.js").Integration} Integration */
/** @typedef {import("../types.js").Options} Options */

export class ConnectionOptions extends HTMLElement {
  connector = "";
  /** @type {OptionsContext | null} */
  #context = null;
  /** @type {string | null} */
  #etag = null;
  /** @type {{id: string, title: string, element: import("./options-section.js").OptionsSection}[]} */
  #sections = [];
  #saving = false;
  #list = new SectionList();
  #bar = new SaveBar();
  #follow = () => this.#render();
  #unwatch = () => {};
  #unload = () => {
    if (this.#dirty && this.#context) keepDraft(this.connector, this.#context.draft);
  };

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#bar.addEventListener("save", () => this.#save());
    this.#bar.addEventListener("discard", () => this.#discard());
    this.addEventListener("import-existing", () => this.#importExisting());
    addEventListener("beforeunload", this.#unload);
    this.#unwatch = watch({ under: [], dirty: () => this.#dirty, mayLeave });
    this.#start();
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.#unload);
    this.#unwatch();
    // Left inside the window, after the question: it was not to be kept.
    dropDraft(this.connector);
  }

  /** A new state of the connection: how things stand, and options that somebody else saved. @param {Integration} integration */
  update(integration) {
    if (!this.#context) return;
    this.#context.integration = integration;
    const [saved, now] = [this.#context.draft.savedWith(new Map()), normal(integration, this.#types)];
    if (!this.#dirty && !this.#saving && JSON.stringify(saved) !== JSON.stringify(now)) this.#reload();
    for (const { element } of this.#sections) element.render();
  }

  get #dirty() {
    return Boolean(this.#context?.draft.changed.length);
  }

  get #types() {
    return this.#context?.connector.record_types.map(({ id }) => id) || [];
  }

  async #start() {
    this.replaceChildren(loading("the options", 8));
    try {
      const [connectors, answer, roles] = await Promise.all([
        catalogue(),
        get(path(this.connector)),
        /** @type {Promise<import("../types.js").Role[]>} */ (all("/v1/roles")),
      ]);
      const connector = connectors.get(this.connector);
      if (!connector) throw new ApiError(404, {});
      // What was kept is for whoever comes back, not for a page that is left.
      if (!this.isConnected) return;
      this.#etag = answer.etag;
      const types = connector.record_types.map(({ id }) => id);
      const off = mayNot("manage");
      this.#context = {
        connector,
        integration: answer.data,
        draft: new OptionsDraft(answer.data.options, types),
        lists: new VendorLists(this.connector, off !== null),
        roles,
        off,
        setup: false,
      };
      this.#show(this.#context);
    } catch (error) {
      this.replaceChildren(failed("The options could not be read", error, () => this.#start()));
    }
  }

  /** @param {OptionsContext} context */
  #show(context) {
    const { connector, integration, draft, off } = context;
    if (integration.setup.next === "credentials") {
      this.replaceChildren(needsCredentials(connector));
      return;
    }
    this.#sections = sectionsOf(connector).map(({ id, title, lead, element: Element }) => ({
      id,
      title,
      element: new Element(context, { id, title, lead }),
    }));
    this.#list.entries = this.#sections;
    const notice = off ? h("p", { class: "notice", id: "options-off" }, icon("lock"), off) : "";
    const sections = h(
      "div",
      { class: "options-sections" },
      notice,
      this.#sections.map(({ element }) => element),
    );
    sections.append(this.#bar);
    this.replaceChildren(h("div", { class: "options-layout" }, this.#list, sections));
    if (off) for (const body of this.querySelectorAll("fieldset")) body.setAttribute("aria-describedby", "options-off");
    draft.addEventListener("change", this.#follow);
    const kept = off ? 0 : takeUpDraft(this.connector, draft);
    if (kept > 0) toast(`${plural(kept, "change")} that you had not saved ${kept === 1 ? "is" : "are"} here again.`);
    this.#render();
    const wanted = location.hash.slice(1);
    if (this.#sections.some(({ id }) => id === wanted)) this.#list.go(wanted);
  }

  #render() {
    const context = this.#context;
    if (!context) return;
    const changed = context.draft.changed;
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const key of changed) counts.set(sectionOf(key), (counts.get(sectionOf(key)) || 0) + 1);
    this.#list.update(counts, new Set(context.draft.refused.map(sectionOf)));
    this.#bar.update(
      changed.map((key) => settingName(key, context.connector)),
      changed.length,
    );
    if (changed.length === 0) {
      this.#bar.problem = null;
      dropDraft(this.connector);
    }
  }

  /** Nothing is in the way, and somebody else saved: that is what is shown from now on. */
  async #reload() {
    try {
      const { data, etag } = await get(path(this.connector));
      if (!this.#context || this.#dirty) return;
      this.#take(data, etag);
    } catch {
      // The page above says when the portal does not answer.
    }
  }

  /** @param {Integration} integration @param {string | null} etag @returns {string[]} what both changed */
  #take(integration, etag) {
    if (!this.#context) return [];
    this.#context.integration = integration;
    this.#etag = etag;
    return this.#context.draft.rebase(integration.options);
  }

  async #save() {
    const context = this.#context;
    if (!context || this.#saving || !this.#dirty) return;
    const sent = context.draft.options;
    const keys = context.draft.changed;
    this.#busy(true);
    try {
      const { data, etag } = await put(path(this.connector, "options"), sent, { etag: this.#etag });
      this.#take(data, etag);
      toast(effectSentence(keys, data));
      this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
    } catch (error) {
      await this.#complain(error, sent);
    } finally {
      this.#busy(false);
    }
  }

  /** @param {boolean} saving */
  #busy(saving) {
    this.#saving = saving;
    this.#bar.saving = saving;
    if (saving) this.#bar.problem = null;
    this.#render();
  }

  /** @param {unknown} error @param {Options} sent */
  async #complain(error, sent) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 412) {
      await this.#overtaken();
      return;
    }
    if (error.errors.length > 0) this.#context?.draft.refuse(error.errors, sent);
    const several = error.errors.length > 1 ? "What is wrong is marked. Nothing is saved yet." : error.detail;
    this.#bar.problem = { title: error.title, detail: several };
    const first = this.querySelector("[aria-invalid]");
    if (first instanceof HTMLElement) first.focus();
  }

  async #overtaken() {
    const answer = await ask({
      title: "Somebody else changed these options",
      text: "What they saved can be loaded with your changes kept on top. Look at them, then save again.",
      choices: [
        { id: "wait", label: "Not now" },
        { id: "load", label: "Load, and keep my changes", primary: true },
      ],
    });
    if (answer !== "load") {
      this.#bar.problem = { title: "Not saved", detail: "Somebody else changed these options in the meantime." };
      return;
    }
    const { data, etag } = await get(path(this.connector));
    const both = this.#take(data, etag);
    const names = list([
      ...new Set(both.map((key) => settingName(key, data && this.#context ? this.#context.connector : data))),
    ]);
    const detail =
      both.length > 0 ? `You both changed: ${names}. Yours stand here.` : "Your changes stand on top of theirs.";
    this.#bar.problem = this.#dirty ? { title: "Loaded, and not saved yet", detail } : null;
    announce(detail);
  }

  #discard() {
    const draft = this.#context?.draft;
    if (!draft) return;
    const count = draft.changed.length;
    const undo = draft.discard();
    toast(`${plural(count, "change")} discarded.`, { action: { label: "Undo", act: undo } });
  }

  /** Saved by itself, whatever else is being changed. */
  async #importExisting() {
    const context = this.#context;
    if (!context || this.#saving) return;
    this.#busy(true);
    const now = context.draft.savedWith(new Map([["initial_import", true]]));
    try {
      const { data, etag } = await put(path(this.connector, "options"), now, { etag: this.#etag });
      this.#take(data, etag);
      toast(`The existing records of ${data.name} are being imported.`);
      this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
    } catch (error) {
      await this.#complain(error, now);
      show(this.#bar, true);
    } finally {
      this.#busy(false);
    }
  }
}

/** The options as the draft writes them, to be compared. @param {Integration} integration @param {string[]} types */
function normal({ options }, types) {
  return new OptionsDraft(options, types).options;
}

/** @param {import("../types.js").Connector} connector */
function needsCredentials({ id, name, short_name: vendor }) {
  const set = h("button", { class: "button primary", type: "button", on: { click: () => openSetup(id) } }, "Set up");
  return empty(
    "Credentials first",
    `Most of what can be chosen here is read from ${vendor}. Set up ${name}, and the options come with it.`,
    set,
  );
}

customElements.define("connection-options", ConnectionOptions);
