// Webhooks of a connection: where its vendor pushes to, what came there and what was turned away for which cause, and
// how to set it up at the vendor. Absent for vendors that do not push.

import { ApiError, Intention, get, integration as path, post } from "../api.js";
import { copyButton } from "../copying.js";
import { confirmed } from "../dialog.js";
import { h, isOff, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { Poll } from "../poll.js";
import { mayNot } from "../session.js";
import { failed, loading } from "../states.js";
import { moment, setTime, timeElement } from "../time.js";
import { rejectionWords } from "../webhook-words.js";
import { count } from "../words.js";
import { showSecret } from "./secret-dialog.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../types.js").Webhook} Webhook */

const PACE = 15_000;

export class ConnectionWebhooks extends HTMLElement {
  connector = "";
  #vendor = "The vendor";
  /** @type {Webhook | null} */
  #webhook = null;
  /** A second rotation would end the address before the last at once. */
  #rotation = new Intention();
  #poll = new Poll(
    () => this.#read(),
    () => PACE,
  );
  #state = h("div", {}, loading("the webhooks"));
  #about = h("p", { class: "secondary" });
  #active = h("span");
  #received = timeElement();
  #never = h("span", {}, "Nothing received yet");
  #overlap = h("p", { class: "notice" });
  #url = h("code", { class: "address" });
  #user = h("code");
  #userLine = h("div", {}, h("dt", {}, "User name"), h("dd", { class: "to-copy" }, this.#user));
  #password = h(
    "div",
    {},
    h("dt", {}, "Password"),
    h("dd", {}, "Shown once, whenever address and secret are rotated."),
  );
  #steps = h("section", { class: "panel" });
  #counts = h("dl", { class: "counters" });
  #rotate = h("button", { class: "button reason-end", type: "button" }, "Rotate address and secret");
  #again = h("button", { class: "button reason-end", type: "button" }, "Set up again");
  #content = h("div", { class: "stack", hidden: true });

  connectedCallback() {
    if (this.childElementCount === 0) this.#build();
    this.#poll.start();
  }

  disconnectedCallback() {
    this.#poll.stop();
  }

  /**
   * @param {import("../types.js").Integration} integration
   * @param {import("../types.js").Connector} connector
   */
  update({ enabled }, connector) {
    const vendor = connector.short_name;
    this.#vendor = vendor;
    const what = `${vendor} tells us of changes as they happen. What gets lost on the way is found by the next scheduled sync.`;
    setText(this.#about, what);
    setOff(this.#rotate, mayNot("manage"));
    setOff(this.#again, mayNot("manage") || (enabled ? null : "Resume the integration first."));
    this.#renderSteps();
  }

  #build() {
    const manage = mayNot("manage");
    const off = manage && "Who may manage integrations sees the whole address.";
    const address = copyButton("Copy", () => this.#webhook?.url || "", { what: "address", off });
    const user = copyButton("Copy", () => this.#webhook?.user || "", { what: "user name" });
    /** @type {Node} */ (this.#userLine.lastChild).appendChild(user);
    const facts = h(
      "dl",
      { class: "sum-up" },
      h("div", {}, h("dt", {}, "State"), h("dd", {}, this.#active)),
      h("div", {}, h("dt", {}, "Last received"), h("dd", {}, this.#received, this.#never)),
      h("div", {}, h("dt", {}, "Address"), h("dd", { class: "to-copy" }, this.#url, address)),
      this.#userLine,
      this.#password,
    );
    const buttons = h("div", { class: "choices" }, this.#again, this.#rotate);
    this.#content.append(
      h(
        "section",
        { class: "panel" },
        h("div", { class: "panel-head" }, h("h3", {}, "Where it pushes to"), buttons),
        this.#about,
        facts,
        this.#overlap,
      ),
      h("section", { class: "panel" }, h("h3", {}, "What came there"), this.#counts),
      this.#steps,
    );
    this.append(this.#state, this.#content);
    this.#rotate.addEventListener("click", () => {
      if (!isOff(this.#rotate)) this.#askToRotate();
    });
    this.#again.addEventListener("click", () => {
      if (!isOff(this.#again)) this.#provision();
    });
  }

  async #read() {
    try {
      this.#webhook = (await get(path(this.connector, "webhook"))).data;
      this.#state.replaceChildren();
      show(this.#content, true);
      this.#render(/** @type {Webhook} */ (this.#webhook));
    } catch (error) {
      // What is shown stays: the page itself says when the portal cannot be reached.
      if (this.#webhook) return;
      this.#state.replaceChildren(failed("The webhooks could not be read", error, () => this.#poll.now()));
    }
  }

  /** @param {Webhook} webhook */
  #render({ mode, url, user, active, last_received_at: at, previous_until: until, counts }) {
    setText(this.#active, active ? "Active" : mode === "manual" ? "Not set up yet" : "Not active");
    setAttribute(this.#active, "class", `chip ${active ? "good" : "warn"}`);
    show(this.#received, at);
    show(this.#never, !at);
    if (at) setTime(this.#received, at);
    setText(this.#url, url);
    setText(this.#user, user);
    for (const line of [this.#userLine, this.#password]) show(line, user);
    show(this.#again, mode === "api");
    show(this.#overlap, until);
    if (until) setText(this.#overlap, `Rotated. The address and secret before it are good until ${moment(until)}.`);
    this.#renderCounts(counts);
    this.#renderSteps();
  }

  /** @param {Webhook["counts"]} counts */
  #renderCounts({ accepted, duplicate, rejected }) {
    const lines = [
      { id: "accepted", n: accepted, words: "accepted", tone: "good" },
      { id: "duplicate", n: duplicate, words: "came a second time and changed nothing", tone: "" },
      ...Object.entries(rejected).map(([id, n]) => ({ id, n, words: rejectionWords(id, this.#vendor), tone: "bad" })),
    ];
    reconcile(
      this.#counts,
      lines,
      ({ id }) => id,
      () => h("div", {}, h("dt"), h("dd")),
      (line, { n, words, tone }) => {
        setAttribute(line, "class", tone);
        setText(/** @type {Node} */ (line.firstChild), words);
        setText(/** @type {Node} */ (line.lastChild), count(n));
      },
    );
  }

  #renderSteps() {
    const steps = this.#webhook?.steps;
    show(this.#steps, steps);
    if (!steps || this.#steps.firstChild) return;
    this.#steps.append(
      h("h3", {}, `Set it up in ${this.#vendor}`),
      h(
        "ol",
        { class: "numbered" },
        steps.map((step) => h("li", {}, step)),
      ),
    );
  }

  async #askToRotate() {
    const { mode, user, active } = /** @type {Webhook} */ (this.#webhook);
    const byHand = `Until the new ones are entered in ${this.#vendor}, it goes on with the old ones.`;
    const byUs = `The subscriptions at ${this.#vendor} are moved for you.`;
    const yes = await confirmed({
      title: "Make a new address and secret?",
      body: [
        h("p", {}, "The old address and secret stay good for 24 hours."),
        h("p", {}, mode === "manual" ? byHand : byUs),
      ],
      action: "Rotate",
    });
    if (!yes) return;
    try {
      const { data } = await post(path(this.connector, "webhook", "rotate"), undefined, this.#rotation);
      if (data.secret) await showSecret({ ...data, user: data.user || user, vendor: this.#vendor });
      else toast(mode === "manual" && active ? `Rotated. Enter the new address in ${this.#vendor}.` : "Rotated.");
    } catch (error) {
      complain(error, "The address could not be rotated");
    }
    this.#poll.now();
  }

  async #provision() {
    setOff(this.#again, "One moment, please.");
    try {
      await post(path(this.connector, "webhook", "provision"));
      toast(`The subscriptions at ${this.#vendor} are put in order in a moment.`);
      this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
    } catch (error) {
      complain(error, "The webhooks could not be set up");
    }
    setOff(this.#again, mayNot("manage"));
    this.#poll.now();
  }
}

/**
 * @param {unknown} error
 * @param {string} what
 */
function complain(error, what) {
  toast(`${what}. ${error instanceof ApiError ? error.sentence : "Something went wrong in this page."}`, {
    error: true,
  });
}

customElements.define("connection-webhooks", ConnectionWebhooks);
