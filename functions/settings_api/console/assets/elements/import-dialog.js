// Import companies: choose, then watch what becomes of each. Nothing is imported twice, whatever is pressed or lost; what
// was refused can be tried again, and closing in the middle stops after the portion that is on its way.

import { ask } from "../dialog.js";
import { h, isOff, newId, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { ImportPlan } from "../import-plan.js";
import { carryOut } from "../import-run.js";
import { mark } from "../marks.js";
import { mayNot } from "../session.js";
import { count, list, plural } from "../words.js";
import { ImportList } from "./import-list.js";
import { ImportResults } from "./import-results.js";
import { announce, toast } from "./toast-region.js";

export class ImportDialog extends HTMLElement {
  #connector;
  #vendor;
  #plan = new ImportPlan();
  /** @type {"choose" | "sending" | "done"} */
  #phase = "choose";
  #stopped = false;

  #dialog = h("dialog", { class: "wide", "aria-labelledby": newId("import") });
  #lead = h("p", { class: "secondary" });
  #list;
  #results = new ImportResults(this.#plan);
  #body;
  #problem = h("div", { class: "notice bad", role: "alert", hidden: true });
  #bar = h("div", { class: "bar", role: "progressbar", "aria-label": "Import", hidden: true });
  #summary = h("p", { class: "grow", role: "status" });
  #cancel = h("button", { class: "button", type: "button" }, "Cancel");
  #go = h("button", { class: "button primary reason-end", type: "button" });

  /**
   * @param {string} connector
   * @param {string} vendor its name
   */
  constructor(connector, vendor) {
    super();
    this.#connector = connector;
    this.#vendor = vendor;
    this.#list = new ImportList(connector, vendor, this.#plan);
    this.#body = h("div", { class: "body" }, this.#list);
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const id = this.#dialog.getAttribute("aria-labelledby");
    const close = h(
      "button",
      { class: "button quiet icon-only", type: "button", "aria-label": "Close" },
      icon("close"),
    );
    const title = h("h2", { id }, `Import companies from ${this.#vendor}`);
    this.#dialog.append(
      h("header", {}, mark(this.#connector, this.#vendor), h("div", { class: "grow" }, title, this.#lead), close),
      this.#body,
      h("footer", {}, this.#problem, this.#bar, this.#summary, this.#cancel, this.#go),
    );
    close.addEventListener("click", () => this.#leave());
    this.#cancel.addEventListener("click", () => this.#leave());
    this.#go.addEventListener("click", () => {
      if (!isOff(this.#go)) this.#act();
    });
    this.#dialog.addEventListener("cancel", (event) => {
      if (event.target !== this.#dialog) return;
      event.preventDefault();
      this.#leave();
    });
    this.#dialog.addEventListener("close", () => this.#closed());
    this.addEventListener("plan-changed", () => this.#render());
    this.append(this.#dialog);
    this.#render();
    this.#dialog.showModal();
    this.#list.focus();
  }

  close() {
    this.#dialog.close();
  }

  #closed() {
    if (this.#phase === "sending") {
      this.#stopped = true;
      const { created, linked, left } = this.#plan.tally;
      toast(`Import stopped: ${count(created + linked)} done, ${count(left)} not sent.`);
    }
    if (this.#phase !== "choose") this.dispatchEvent(new CustomEvent("companies-changed", { bubbles: true }));
    this.dispatchEvent(new CustomEvent("dialog-closed"));
  }

  /** Companies are selected, or on their way. */
  get dirty() {
    return this.#phase === "sending" || (this.#phase === "choose" && this.#plan.size > 0);
  }

  mayLeave() {
    if (this.#phase === "sending")
      return this.#really("Stop importing?", "What is done stays; the rest is not sent.", "Stop");
    const text = `${plural(this.#plan.size, "company is", "companies are")} selected and not imported yet.`;
    return this.#really("Leave without importing?", text, "Leave");
  }

  async #leave() {
    if (!this.dirty || (await this.mayLeave())) this.close();
  }

  /** @param {string} title @param {string} text @param {string} leave */
  async #really(title, text, leave) {
    /** @type {{id: "leave" | "stay", label: string, primary?: boolean}[]} */
    const choices = [
      { id: "leave", label: leave },
      { id: "stay", label: "Go on", primary: true },
    ];
    return (await ask({ title, text, choices })) === "leave";
  }

  /** The primary button: import, then what is left or was refused, then done. */
  #act() {
    if (this.#phase === "done" && this.#open === 0) this.close();
    else this.#send();
  }

  /** How many are still to do. */
  get #open() {
    const { refused, left } = this.#plan.tally;
    return refused + left;
  }

  async #send() {
    this.#phase = "sending";
    show(this.#problem, false);
    this.#body.replaceChildren(this.#results);
    this.#body.scrollTop = 0;
    this.#render();
    announce(`Importing ${plural(this.#open, "company", "companies")}`);
    const problem = await carryOut(this.#connector, this.#plan, {
      changed: () => this.#render(),
      stopped: () => this.#stopped,
    });
    if (this.#stopped) return;
    this.#phase = "done";
    if (problem) {
      const text = `${problem.sentence} What is not imported yet can be sent again; nothing is imported twice.`;
      this.#problem.replaceChildren(icon("alert"), h("div", {}, h("strong", {}, "The import ended early"), text));
      show(this.#problem, true);
    }
    this.#render();
    this.#go.focus();
  }

  #render() {
    const choosing = this.#phase === "choose";
    setText(
      this.#lead,
      choosing
        ? "Each becomes a new company here, or is linked to one that you have. Nothing changes there."
        : "Each on its own: one that is refused does not stop the others.",
    );
    if (!choosing) this.#results.update();
    this.#renderBar();
    setText(this.#summary, choosing ? this.#selection : this.#outcome);
    setText(this.#cancel, choosing ? "Cancel" : this.#phase === "sending" ? "Stop" : "Close");
    show(this.#cancel, this.#phase !== "done" || this.#open > 0);
    this.#renderGo();
  }

  get #selection() {
    if (this.#plan.size === 0) return "Nothing selected.";
    const { created, linked } = this.#plan.split;
    const parts = [];
    if (created > 0) parts.push(`${count(created)} new`);
    if (linked > 0) parts.push(`${count(linked)} to link to companies that you have`);
    return `${count(this.#plan.size)} selected: ${list(parts)}.`;
  }

  get #outcome() {
    const { created, linked, before, refused, left } = this.#plan.tally;
    const parts = [];
    if (created > 0) parts.push(`${count(created)} created`);
    if (linked > 0) parts.push(`${count(linked)} linked`);
    if (before > 0) parts.push(`${count(before)} linked before`);
    if (refused > 0) parts.push(`${count(refused)} not imported`);
    if (left > 0) parts.push(this.#phase === "sending" ? `${count(left)} to go` : `${count(left)} not sent`);
    return `${list(parts)}.`;
  }

  #renderBar() {
    const { left } = this.#plan.tally;
    const done = this.#plan.size - left;
    show(this.#bar, this.#phase === "sending");
    this.#bar.style.setProperty("--done", String(this.#plan.size ? done / this.#plan.size : 0));
    setAttribute(this.#bar, "aria-valuenow", this.#plan.size ? Math.round((done / this.#plan.size) * 100) : 0);
    setAttribute(this.#bar, "aria-valuetext", `${count(done)} of ${count(this.#plan.size)}`);
  }

  #renderGo() {
    if (this.#phase === "sending") {
      setOff(this.#go, "One moment, please.");
      this.#go.replaceChildren(h("span", { class: "spinner" }), "Importing…");
    } else if (this.#phase === "done") {
      setOff(this.#go, null);
      setText(this.#go, this.#open > 0 ? `Try ${count(this.#open)} again` : "Done");
    } else {
      const none = this.#plan.size === 0 ? "Select companies first." : null;
      setOff(this.#go, mayNot("write") || none);
      setText(this.#go, none ? "Import" : `Import ${plural(this.#plan.size, "company", "companies")}`);
    }
  }
}

customElements.define("import-dialog", ImportDialog);
