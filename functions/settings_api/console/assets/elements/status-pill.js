// One of the four headline states, always as a word. What it says is what the API says; nothing is guessed here.

import { setAttribute, setText } from "../dom.js";
import { STATUS } from "../words.js";

export class StatusPill extends HTMLElement {
  /** @param {import("../types.js").Integration["status"]} status */
  set status(status) {
    setAttribute(this, "class", `pill ${status}`);
    setText(this, STATUS[status]);
  }
}

customElements.define("status-pill", StatusPill);
