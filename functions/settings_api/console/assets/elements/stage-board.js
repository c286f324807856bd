// The five stages of a ticket as columns, the vendor's statuses in them as chips, those without a stage first. A chip moves
// by dragging or by its menu. At the foot of a column stands the status that the portal writes when it moves a ticket there:
// on one board where statuses belong to boards, else on any board with exceptions.

import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { StageMoves } from "../stage-moves.js";
import { ANY_BOARD, arranged, STAGES, suggestions } from "../ticket-stages.js";
import { plural } from "../words.js";
import { fillSelect, selectField } from "./option-controls.js";
import { StageColumn } from "./stage-column.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../types.js").Choice} Choice */

export class StageBoard extends HTMLElement {
  #section;
  #moves;
  #board = selectField("", "", (board) => this.#choose(board));
  /** The board that is looked at; `*`: any. */
  #chosen = "";
  #head = h("div", { class: "board-head" });
  #summary = h("p", { role: "status" });
  #suggest = h("button", { class: "button", type: "button" }, "Suggest stages");
  #trouble = h("div", { class: "notice warn", hidden: true });
  #retry = h("button", { class: "button", type: "button" }, "Try again");
  #unmapped;
  #columns;
  #stages = h("div", { class: "stages" });

  /** @param {import("./options-section.js").OptionsSection} section */
  constructor(section) {
    super();
    this.#section = section;
    const { draft } = section.context;
    this.#moves = new StageMoves(draft, this.#perBoard);
    const move = (/** @type {string} */ status, /** @type {string | null} */ stage) => this.#move(status, stage);
    this.#unmapped = new StageColumn({ id: "", label: "No stage", about: "" }, move, () => {});
    const write = (/** @type {string} */ stage, /** @type {string} */ status) =>
      this.#moves.write(stage, this.#chosen, status);
    this.#columns = STAGES.map((stage) => new StageColumn(stage, move, (status) => write(stage.id, status)));
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#suggest.addEventListener("click", () => this.#fillIn());
    this.#retry.addEventListener("click", () => this.#section.context.lists.again());
    this.#stages.append(...this.#columns);
    this.#head.append(this.#board.element, h("div", { class: "board-note" }, this.#summary, this.#suggest));
    this.append(this.#head, this.#trouble, this.#unmapped, this.#stages);
  }

  update() {
    const { connector, off } = this.#section.context;
    const list = this.#section.list("statuses");
    const vendor = connector.short_name;
    this.#renderTrouble(list, vendor);
    const mapped = this.#moves.mapped;
    const boards = this.#boards(list.choices);
    this.#renderBoards(boards, list, mapped);
    const shown = this.#perBoard ? list.choices.filter(({ board }) => board?.id === this.#chosen) : list.choices;
    const { columns, unmapped } = arranged(shown, mapped, list.state === "ready" && !this.#perBoard);
    if (this.#perBoard && list.state === "ready") this.#addGone(columns, list.choices, mapped);
    const hidden = list.state === "hidden";
    const shared = { vendor, hidden, off: Boolean(off), reading: list.state === "reading" };
    this.#unmapped.update({ ...shared, entries: unmapped, written: null });
    show(this.#unmapped, unmapped.length > 0);
    show(this.#head, !hidden);
    for (const column of this.#columns) {
      const entries = columns.get(column.stage) || [];
      const written = this.#moves.written(column.stage, this.#chosen || ANY_BOARD);
      const total = hidden ? [...mapped.values()].filter((stage) => stage === column.stage).length : entries.length;
      column.update({ ...shared, entries, written, total, noun: this.#noun, perBoard: this.#perBoard });
    }
    this.#summarise(list, mapped, boards);
  }

  /** Whether statuses belong to one board each. */
  get #perBoard() {
    return Boolean(this.#section.context.connector.choices.find(({ key }) => key === "statuses")?.per_board);
  }

  /** What the vendor calls a board, such as "queue". */
  get #noun() {
    const label = this.#section.context.connector.choices.find(({ key }) => key === "boards")?.label || "";
    return label.toLowerCase().replace(/s$/, "");
  }

  /** The boards that tickets come from: all, or those that the scope lets in. @param {Choice[]} statuses */
  #boards(statuses) {
    const { connector, draft } = this.#section.context;
    const field = connector.options.find(({ list }) => list === "boards");
    const scope = field ? draft.get(`filters/${field.key}`) || [] : [];
    const inScope = (/** @type {string} */ id) => scope.length === 0 || scope.includes(id);
    if (this.#perBoard) {
      const boards = new Map(
        statuses.flatMap(({ board }) => (board && inScope(board.id) ? [[board.id, board.name]] : [])),
      );
      return [...boards].map(([value, label]) => ({ value, label }));
    }
    if (!this.#noun) return [];
    return this.#section.list("boards").choices.filter(({ value }) => inScope(value));
  }

  /**
   * @param {{value: string, label: string}[]} boards
   * @param {import("../vendor-lists.js").VendorList} list
   * @param {Map<string, string>} mapped
   */
  #renderBoards(boards, list, mapped) {
    show(this.#board.element, boards.length > 0);
    const noun = this.#noun;
    setText(
      /** @type {HTMLElement} */ (this.#board.element.querySelector("label")),
      this.#perBoard ? `Statuses of the ${noun}` : "Written back for",
    );
    const left = (/** @type {string} */ board) =>
      list.choices.filter((status) => status.board?.id === board && !mapped.has(status.value)).length;
    const differs = new Set(this.#moves.boards);
    const choices = boards.map(({ value, label }) => {
      const more = this.#perBoard
        ? left(value) > 0 && `${left(value)} without a stage`
        : differs.has(value) && "written differently";
      return { value, label: more ? `${label} (${more})` : label };
    });
    if (!this.#perBoard) choices.unshift({ value: ANY_BOARD, label: `Any ${noun || "board"}` });
    const known = choices.some(({ value }) => value === this.#chosen);
    if (!known) this.#chosen = (choices.find(({ value }) => left(value) > 0) || choices[0])?.value || ANY_BOARD;
    if (choices.length > 0) fillSelect(this.#board.input, choices, this.#chosen);
    this.#board.help(this.#perBoard ? "" : `Where a ${noun} wants another status than the rest, choose it here.`);
  }

  /**
   * Statuses that are mapped and on no board any more.
   *
   * @param {Map<string, {value: string, label: string, gone: boolean}[]>} columns
   * @param {Choice[]} statuses
   * @param {Map<string, string>} mapped
   */
  #addGone(columns, statuses, mapped) {
    const known = new Set(statuses.map(({ value }) => value));
    for (const [value, stage] of mapped) {
      if (!known.has(value)) columns.get(stage)?.push({ value, label: value, gone: true });
    }
  }

  /** @param {string} board */
  #choose(board) {
    this.#chosen = board;
    this.update();
  }

  /** @param {string} status @param {string | null} stage */
  #move(status, stage) {
    const { choices } = this.#section.list("statuses");
    this.#moves.move(status, stage, choices);
    const column = stage ? this.#columns.find((one) => one.stage === stage) : this.#unmapped;
    column?.focusOn(status);
    const name = choices.find(({ value }) => value === status)?.label || status;
    const to = STAGES.find(({ id }) => id === stage)?.label;
    announce(to ? `${name} is under ${to} now` : `${name} has no stage now`);
  }

  #fillIn() {
    const { choices } = this.#section.list("statuses");
    const boards = new Set(this.#boards(choices).map(({ value }) => value));
    const wanted = this.#perBoard ? choices.filter(({ board }) => board && boards.has(board.id)) : choices;
    const found = suggestions(wanted, this.#moves.mapped);
    this.#moves.moveAll(found, choices);
    announce(`${plural(found.size, "status", "statuses")} got a stage. Look at them before you save.`);
    this.#stages.querySelector("button")?.focus();
  }

  /** @param {import("../vendor-lists.js").VendorList} list @param {string} vendor */
  #renderTrouble({ state, problem }, vendor) {
    const words = `The statuses could not be read from ${vendor}. ${problem}`;
    if (state === "failed" && this.#trouble.textContent !== `${words}Try again`) {
      this.#trouble.replaceChildren(h("p", {}, words), this.#retry);
    }
    show(this.#trouble, state === "failed");
  }

  /**
   * @param {import("../vendor-lists.js").VendorList} list
   * @param {Map<string, string>} mapped
   * @param {{value: string}[]} boards
   */
  #summarise({ state, choices }, mapped, boards) {
    const { connector } = this.#section.context;
    const ids = new Set(boards.map(({ value }) => value));
    const here = this.#perBoard ? choices.filter(({ board }) => board && ids.has(board.id)) : choices;
    const left = here.filter(({ value }) => !mapped.has(value));
    const all = here.length === 0 ? "" : `All ${plural(here.length, "status", "statuses")} have a stage.`;
    const some = `${left.length} of ${plural(here.length, "status", "statuses")} have no stage: their tickets show as New, and as Resolved once ${connector.short_name} closes them.`;
    setText(
      this.#summary,
      state === "ready"
        ? left.length === 0
          ? all
          : some
        : state === "reading"
          ? `Asking ${connector.short_name}…`
          : "",
    );
    const guesses = left.length > 0 && suggestions(here, mapped).size > 0;
    show(this.#suggest, guesses);
  }
}

customElements.define("stage-board", StageBoard);
