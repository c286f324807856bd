// Statuses that move between stages, and what follows for what is written back.

import assert from "node:assert/strict";
import test from "node:test";

import { OptionsDraft } from "../../../functions/settings_api/console/assets/options-draft.js";
import { StageMoves } from "../../../functions/settings_api/console/assets/stage-moves.js";

const status = (value, board) => ({ value, label: value, board: board && { id: board, name: board } });
const STATUSES = [
  status("new", "service"),
  status("open", "service"),
  status("done", "service"),
  status("n2", "sales"),
];

function moves({ stages = {}, perBoard = true } = {}) {
  const options = {
    record_types: [],
    auto_import: {},
    filters: {},
    ticket_defaults: {},
    stages,
  };
  const draft = new OptionsDraft(options, []);
  return { draft, stages: new StageMoves(draft, perBoard) };
}

test("the only status of a board under a stage is the one that is written there", () => {
  const { draft, stages } = moves();
  stages.move("new", "new", STATUSES);
  assert.deepEqual(draft.options.stages, { new: { in: ["new"], out: { service: "new" } } });
  assert.equal(stages.written("new", "service").only, "new");
});

test("a second one does not change what is written", () => {
  const { draft, stages } = moves({ stages: { new: { in: ["new"], out: { service: "new" } } } });
  stages.move("open", "new", STATUSES);
  assert.deepEqual(draft.options.stages.new, { in: ["new", "open"], out: { service: "new" } });
});

test("a status that leaves its stage is written for it no longer, and the one left in its place is", () => {
  const { draft, stages } = moves({ stages: { new: { in: ["new", "open"], out: { service: "new" } } } });
  stages.move("new", "working", STATUSES);
  assert.deepEqual(draft.options.stages, {
    new: { in: ["open"], out: { service: "open" } },
    working: { in: ["new"], out: { service: "new" } },
  });
});

test("several at once, one of them to no stage", () => {
  const { draft, stages } = moves({ stages: { new: { in: ["new"], out: { service: "new" } } } });
  const all = new Map([
    ["new", null],
    ["done", "resolved"],
    ["n2", "new"],
  ]);
  stages.moveAll(all, STATUSES);
  assert.deepEqual(draft.options.stages, {
    resolved: { in: ["done"], out: { service: "done" } },
    new: { in: ["n2"], out: { sales: "n2" } },
  });
  assert.deepEqual(stages.boards.sort(), ["sales", "service"]);
});

test("where statuses belong to no board nothing is written unasked", () => {
  const { draft, stages } = moves({ perBoard: false });
  stages.move("new", "new", [status("new")]);
  assert.deepEqual(draft.options.stages, { new: { in: ["new"], out: {} } });
  stages.write("new", "*", "new");
  assert.deepEqual(draft.options.stages, { new: { in: ["new"], out: { "*": "new" } } });
  assert.equal(stages.written("new", "other").any, "new");
});
