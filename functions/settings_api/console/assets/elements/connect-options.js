// Second step of setting up: the sections of the options, as on the connection's own page. What can wait is folded away.

import { ApiError, all, get, put } from "../api.js";
import { h } from "../dom.js";
import { OptionsDraft } from "../options-draft.js";
import { sectionsOf } from "../options-sections.js";
import { failed, loading } from "../states.js";
import { mayNot } from "../session.js";
import { VendorLists } from "../vendor-lists.js";

/** What nobody has to decide before the first records are here. */
const LATER = ["people", "tickets"];

export class ConnectOptions extends HTMLElement {
  #setup;
  #draft;

  /** @param {import("../connect-steps.js").Setup} setup */
  constructor(setup) {
    super();
    this.#setup = setup;
    const types = setup.connector.record_types.map(({ id }) => id);
    this.#draft = new OptionsDraft(setup.integration.options, types);
    this.heading = "What to sync, and how often";
    this.lead = "These are good defaults. You can change them at any time.";
    this.nextLabel = "Next";
    this.nextOff = null;
  }

  connectedCallback() {
    if (this.childElementCount === 0) this.#start();
  }

  get dirty() {
    return this.#draft.changed.length > 0;
  }

  async next() {
    const { path, etag } = this.#setup;
    try {
      await this.#save(etag);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
      // Somebody saved in between: what they changed elsewhere is kept, what is chosen here is put on top.
      const fresh = await get(path);
      this.#draft.rebase(fresh.data.options);
      await this.#save(fresh.etag);
    }
    return true;
  }

  /** @param {string | null} etag */
  async #save(etag) {
    const options = this.#draft.options;
    try {
      const { data } = await put(`${this.#setup.path}/options`, options, { etag });
      this.#draft.rebase(data.options);
    } catch (error) {
      if (error instanceof ApiError && error.errors.length > 0) this.#mark(error, options);
      throw error;
    }
  }

  /** Opens what is folded away where something in it was refused. @param {ApiError} error @param {import("../types.js").Options} sent */
  #mark(error, sent) {
    this.#draft.refuse(error.errors, sent);
    const first = this.querySelector("[aria-invalid]");
    const folded = first?.closest("details");
    if (folded) folded.open = true;
    if (first instanceof HTMLElement) first.focus();
  }

  async #start() {
    this.replaceChildren(loading("the options"));
    try {
      const roles = /** @type {import("../types.js").Role[]} */ (await all("/v1/roles"));
      this.#show(roles);
    } catch (error) {
      this.replaceChildren(failed("The options could not be read", error, () => this.#start()));
    }
  }

  /** @param {import("../types.js").Role[]} roles */
  #show(roles) {
    const { connector, integration } = this.#setup;
    const off = mayNot("manage");
    const lists = new VendorLists(connector.id, off !== null);
    const context = { connector, integration, draft: this.#draft, lists, roles, off, setup: true };
    const sections = sectionsOf(connector).map(({ id, title, lead, element: Element }) => {
      const element = new Element(context, { id, title, lead });
      if (!LATER.includes(id)) return element;
      const words = h("span", { class: "secondary" }, "can wait until the first records are here");
      return h("details", { class: "folded" }, h("summary", {}, h("span", {}, title), " ", words), element);
    });
    const form = h("form", { class: "options-sections", novalidate: true }, sections);
    this.replaceChildren(form);
  }
}

customElements.define("connect-options", ConnectOptions);
