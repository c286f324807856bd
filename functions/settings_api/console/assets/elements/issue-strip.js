// One open problem: what it is, what to do, since when. Config issues wait for a person and may carry a button; the
// others heal, or are ours to mend, and say so.

import { h, setAttribute, setOff, setText, show, isOff } from "../dom.js";
import { icon } from "../icons.js";
import { setTime, timeElement } from "../time.js";
import { plural } from "../words.js";

/** @typedef {import("../remedies.js").Remedy} Remedy */

const WHO_ACTS = {
  config: "",
  transient: "This usually heals by itself.",
  system: "This is ours to mend; you need not do anything.",
};

export class IssueStrip extends HTMLElement {
  #title = h("strong");
  #remedy = h("p");
  #detail = h("p", { class: "vendor-words" });
  #since = timeElement();
  #times = h("span");
  #button = h("button", { class: "button", type: "button" });
  /** @type {Remedy | null} */
  #action = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#button.addEventListener("click", () => {
      if (!isOff(this.#button)) this.#action?.act();
    });
    this.append(
      icon("alert"),
      h(
        "div",
        {},
        this.#title,
        this.#remedy,
        this.#detail,
        h("p", { class: "since" }, "Since ", this.#since, this.#times),
        this.#button,
      ),
    );
  }

  /**
   * @param {import("../types.js").Issue} issue
   * @param {Remedy | null} action
   */
  update(issue, action) {
    this.#action = action;
    setAttribute(this, "class", `notice ${issue.cause === "config" ? "warn" : ""}`);
    setText(this.#title, issue.title);
    setText(this.#remedy, [issue.remedy, WHO_ACTS[issue.cause]].filter(Boolean).join(" "));
    setText(this.#detail, issue.detail);
    show(this.#detail, issue.detail && issue.detail !== issue.title && issue.detail !== issue.remedy);
    setTime(this.#since, issue.first_seen_at);
    setText(this.#times, issue.times > 1 ? ` · seen ${plural(issue.times, "time")}` : "");
    show(this.#button, action);
    setText(this.#button, action?.label);
    setOff(this.#button, action?.off || null);
  }
}

customElements.define("issue-strip", IssueStrip);
