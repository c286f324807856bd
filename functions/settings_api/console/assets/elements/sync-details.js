// The disclosure on a card with a line per record type: its state, when it last succeeded, how many there are, and what
// waits for what.

import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { setTime, timeElement } from "../time.js";
import { countWords, TYPE_STATE } from "../words.js";

export class SyncDetails extends HTMLElement {
  #rows = h("div", { class: "types", role: "list" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(h("details", {}, h("summary", {}, icon("chevron"), "Sync details"), this.#rows));
  }

  /** Opens it and says whether it was closed. */
  open() {
    this.querySelector("details")?.setAttribute("open", "");
  }

  /** @param {import("../types.js").RecordTypeState[]} types */
  set types(types) {
    reconcile(
      this.#rows,
      types,
      (type) => type.id,
      () => new DetailRow(),
      (row, type) => row.update(type),
    );
  }
}

class DetailRow extends HTMLElement {
  #label = h("span", { class: "type-label" });
  #both = h(
    "span",
    { class: "both", title: "Both ways" },
    icon("both"),
    h("span", { class: "visually-hidden" }, "both ways"),
  );
  #state = h("span");
  #time = timeElement();
  #facts = h("span");
  #waiting = h("p", { class: "waiting" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "listitem");
    this.append(
      h("p", { class: "type-head" }, this.#label, this.#both, this.#state),
      h("p", { class: "secondary" }, this.#time, this.#facts),
      this.#waiting,
    );
  }

  /** @param {import("../types.js").RecordTypeState} type */
  update(type) {
    setText(this.#label, type.label);
    show(this.#both, type.direction === "both");
    setAttribute(this.#state, "class", `type-state ${type.state}`);
    setText(this.#state, TYPE_STATE[type.state]);
    const at = type.last_success_at;
    show(this.#time, at);
    if (at) setTime(this.#time, at);
    const facts = [
      at || !type.enabled ? "" : "not synced yet",
      type.counts ? countWords(type.counts) : "",
      cadenceWords(type),
    ].filter(Boolean);
    setText(this.#facts, (at && facts.length > 0 ? " · " : "") + facts.join(" · "));
    show(this.#waiting, type.waiting);
    setText(this.#waiting, type.waiting ? `${type.waiting.reason}.` : "");
  }
}

/**
 * Said only where a type is read at another pace than the connection, with the reason for it.
 *
 * @param {import("../types.js").RecordTypeState} type
 */
export function cadenceWords({ enabled, cadence_minutes: minutes, cadence_reason: reason }) {
  if (!enabled || !reason) return "";
  const every = minutes % 60 === 0 ? (minutes === 60 ? "Hourly" : `Every ${minutes / 60} h`) : `Every ${minutes} min`;
  return `${every}: ${reason}.`;
}

customElements.define("detail-row", DetailRow);
customElements.define("sync-details", SyncDetails);
