// Records that could not be read and are set aside, each with what is wrong with it and a way to have it read again.
// Absent while there is none.

import { ApiError, get, integration as path, post } from "../api.js";
import { h, isOff, newId, reconcile, setOff, setText, show } from "../dom.js";
import { mayNot } from "../session.js";
import { momentElement } from "../time.js";
import { plural, typeLabel } from "../words.js";
import { hasNews } from "./run-progress.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../types.js").Integration} Integration */
/** @typedef {{record_type: string, external_id: string, error: string, raw: string, at: string}} Aside */

export class SetAside extends HTMLElement {
  connector = "";
  /** @type {Integration | null} */
  #integration = null;
  /** @type {Aside[]} */
  #records = [];
  /** @type {string | null} */
  #cursor = null;
  #title = h("h3", { id: newId("aside") });
  #list = h("ul", { class: "aside-list", role: "list" });
  #more = h("button", { class: "button quiet", type: "button", hidden: true }, "Show more");

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const help = "What cannot be read is left out. Correct it at the vendor, then have it read again.";
    this.append(
      h(
        "section",
        { class: "panel", "aria-labelledby": this.#title.id },
        this.#title,
        h("p", { class: "secondary" }, help),
        this.#list,
        this.#more,
      ),
    );
    this.#more.addEventListener("click", () => this.#read(this.#cursor));
    show(this, false);
  }

  /** @param {Integration} integration */
  update(integration) {
    const before = this.#integration;
    this.#integration = integration;
    if (!before || hasNews(before, integration)) this.#read(null);
  }

  /** @param {string | null} cursor */
  async #read(cursor) {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    const answer = await get(`${path(this.connector, "quarantine")}?limit=20${query}`).catch(() => null);
    // The runs below tell whether the portal answers; this list is then read again with them.
    if (!answer) return;
    this.#records = cursor ? [...this.#records, ...answer.data.items] : answer.data.items;
    this.#cursor = answer.data.next_cursor;
    this.#render();
  }

  #render() {
    const n = this.#records.length;
    show(this, n > 0);
    setText(
      this.#title,
      this.#cursor ? `More than ${n} records are set aside` : `${plural(n, "record is", "records are")} set aside`,
    );
    show(this.#more, this.#cursor);
    reconcile(
      this.#list,
      this.#records,
      ({ record_type: type, external_id: id }) => `${type}/${id}`,
      (record) => this.#entry(record),
      () => {},
    );
  }

  /** @param {Aside} record */
  #entry({ record_type: type, external_id: id, error, at }) {
    const label = typeLabel(this.#integration?.record_types || [], type);
    const words = `${label}, id ${id}`;
    return h(
      "li",
      {},
      h(
        "div",
        {},
        h("strong", {}, words),
        h("p", {}, error),
        h("p", { class: "secondary" }, "Since ", momentElement(at)),
      ),
      retryButton(this.connector, type, id, words),
    );
  }
}

/**
 * A button that has one record read again.
 *
 * @param {string} connector
 * @param {string} type
 * @param {string} id
 * @param {string} words what the record is called
 */
export function retryButton(connector, type, id, words) {
  const button = h("button", { class: "button reason-end", type: "button", "aria-label": `Retry ${words}` }, "Retry");
  setOff(button, mayNot("write"));
  button.addEventListener("click", async () => {
    if (isOff(button)) return;
    setOff(button, "It is being read again.");
    try {
      await post(path(connector, "quarantine", type, id, "retry"));
      setText(button, "Asked for");
      toast(`${words} is read again in a moment.`);
      button.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
    } catch (error) {
      const gone = error instanceof ApiError && error.status === 404;
      setOff(button, gone ? "It is not set aside any more." : null);
      const why = error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
      toast(gone ? `${words} is not set aside any more.` : `${words} could not be retried. ${why}`, { error: !gone });
    }
  });
  return button;
}

customElements.define("set-aside", SetAside);
