// Moving statuses between stages in a draft, and what follows for the statuses that are written back: one that leaves its
// stage is written for it no longer, and where statuses belong to boards the only one of a board under a stage is the one
// that is written there.

import { keyPart, outKey } from "./options-draft.js";

/** @typedef {import("./types.js").Choice} Choice */

export class StageMoves {
  #draft;
  #perBoard;

  /**
   * @param {import("./options-draft.js").OptionsDraft} draft
   * @param {boolean} perBoard statuses belong to one board each
   */
  constructor(draft, perBoard) {
    this.#draft = draft;
    this.#perBoard = perBoard;
  }

  /** Which stage each status has. @returns {Map<string, string>} */
  get mapped() {
    return new Map(this.#draft.entries("stages").map(([[status], stage]) => [status, stage]));
  }

  /** The boards that something is written for. */
  get boards() {
    return this.#draft.entries("out").map(([[, board]]) => board);
  }

  /**
   * What is written for a stage on a board.
   *
   * @param {string} stage
   * @param {string} board
   */
  written(stage, board) {
    const own = this.#draft.get(outKey(stage, board));
    const any = this.#draft.get(outKey(stage, "*"));
    const shown = [...this.mapped].filter(([, of]) => of === stage).map(([status]) => status);
    const only = shown.length === 1 ? shown[0] : undefined;
    const key = outKey(stage, board);
    return { key, own, any: board === "*" ? undefined : any, only, wrong: this.#draft.wrong(key) };
  }

  /** @param {string} stage @param {string} board @param {string} status empty: not said */
  write(stage, board, status) {
    this.#draft.set(outKey(stage, board), status);
  }

  /** @param {string} status @param {string | null} stage @param {Choice[]} statuses of the vendor */
  move(status, stage, statuses) {
    this.moveAll(new Map([[status, stage]]), statuses);
  }

  /** @param {Map<string, string | null>} moves @param {Choice[]} statuses of the vendor */
  moveAll(moves, statuses) {
    /** @type {Map<string, string | undefined>} */
    const changes = new Map();
    const mapped = this.mapped;
    for (const [status, stage] of moves) {
      changes.set(`stages/${keyPart(status)}`, stage || undefined);
      if (stage) mapped.set(status, stage);
      else mapped.delete(status);
    }
    for (const [[stage, board], status] of this.#draft.entries("out")) {
      if (mapped.get(status) !== stage) changes.set(outKey(stage, board), undefined);
    }
    if (this.#perBoard) this.#writeTheOnly(changes, mapped, moves, statuses);
    this.#draft.change(changes);
  }

  /**
   * @param {Map<string, string | undefined>} changes
   * @param {Map<string, string>} mapped
   * @param {Map<string, string | null>} moves
   * @param {Choice[]} statuses
   */
  #writeTheOnly(changes, mapped, moves, statuses) {
    const boards = new Set(statuses.flatMap(({ value, board }) => (board && moves.has(value) ? [board.id] : [])));
    for (const board of boards) {
      const here = statuses.filter((status) => status.board?.id === board);
      for (const stage of new Set(mapped.values())) {
        const shown = here.filter(({ value }) => mapped.get(value) === stage);
        const key = outKey(stage, board);
        const kept = changes.has(key) ? changes.get(key) : this.#draft.get(key);
        if (shown.length === 1 && !kept) changes.set(key, shown[0].value);
      }
    }
  }
}
