// The draft of a connection's options: what differs, what is put on top of somebody else's, what was refused.

import assert from "node:assert/strict";
import test from "node:test";

import { OptionsDraft, flat, whole } from "../../../functions/settings_api/console/assets/options-draft.js";

const TYPES = ["companies", "contacts", "tickets"];

function options(changes = {}) {
  return {
    interval_minutes: 15,
    initial_import: true,
    company_import: "chosen",
    record_types: ["companies", "contacts"],
    auto_import: { enabled: true, default_role: "user", type_rules: [{ type: "a/b", role: "admin" }] },
    filters: { boards: ["2", "1"] },
    stages: { new: { in: ["s/1", "s2"], out: { "*": "s2", "board/9": "s/1" } } },
    ticket_defaults: { type: "7" },
    ...changes,
  };
}

const draft = (changes) => new OptionsDraft(options(changes), TYPES);

test("what is taken apart is put together again, whatever its ids contain", () => {
  assert.deepEqual(whole(flat(options(), TYPES)), options());
});

test("only what differs is changed, and chosen values have no order", () => {
  const mine = draft();
  mine.set("filters/boards", ["1", "2"]);
  assert.deepEqual(mine.changed, []);
  mine.set("filters/boards", ["1"]);
  mine.set("record_types/tickets", true);
  assert.deepEqual(mine.changed.sort(), ["filters/boards", "record_types/tickets"]);
  mine.set("filters/boards", ["1", "2"]);
  assert.deepEqual(mine.changed, ["record_types/tickets"]);
  assert.deepEqual(mine.options.record_types, TYPES);
});

test("an empty choice is none", () => {
  const mine = draft();
  mine.set("filters/boards", []);
  mine.set("auto_import/default_role", "");
  assert.deepEqual(mine.options.filters, {});
  assert.equal("default_role" in mine.options.auto_import, false);
});

test("what somebody else saved stands below what is changed here, and both are told apart", () => {
  const mine = draft();
  mine.set("interval_minutes", 5);
  mine.set("ticket_defaults/type", "8");
  const both = mine.rebase(options({ interval_minutes: 30, company_import: "all", ticket_defaults: { type: "8" } }));
  assert.deepEqual(both, ["interval_minutes"]);
  assert.deepEqual(mine.changed, ["interval_minutes"]);
  assert.equal(mine.options.interval_minutes, 5);
  assert.equal(mine.options.company_import, "all");
  assert.equal(mine.saved("interval_minutes"), 30);
});

test("what is taken out here stays out on top of somebody else's", () => {
  const mine = draft();
  mine.set("filters/boards", []);
  mine.rebase(options({ interval_minutes: 30 }));
  assert.deepEqual(mine.options.filters, {});
  assert.deepEqual(mine.changed, ["filters/boards"]);
});

test("a status that somebody else moved is no longer written back for the stage it left", () => {
  const mine = draft();
  mine.set("out/new/board%2F9", "s2");
  mine.rebase(options({ stages: { new: { in: ["s/1"], out: {} }, resolved: { in: ["s2"], out: {} } } }));
  assert.deepEqual(mine.options.stages, { new: { in: ["s/1"], out: {} }, resolved: { in: ["s2"], out: {} } });
});

test("what is discarded comes back by undo", () => {
  const mine = draft();
  mine.set("interval_minutes", 5);
  const undo = mine.discard();
  assert.deepEqual(mine.changed, []);
  undo();
  assert.equal(mine.options.interval_minutes, 5);
});

test("what the API refuses is blamed on the setting that it speaks of, until that is changed", () => {
  const mine = draft();
  mine.refuse(
    [
      { pointer: "/stages/new/in/0", detail: "unknown status" },
      { pointer: "/stages/new/out/board~19", detail: "not on this board" },
      { pointer: "/record_types/1", detail: "not permitted" },
      { pointer: "/auto_import/type_rules/0/role", detail: "unknown role" },
      { pointer: "/interval_minutes", detail: "5, 15 or 30" },
    ],
    mine.options,
  );
  assert.deepEqual(mine.refused, [
    "stages/s%2F1",
    "out/new/board%2F9",
    "record_types/contacts",
    "auto_import/type_rules",
    "interval_minutes",
  ]);
  assert.deepEqual(mine.wrong("auto_import/type_rules"), [{ at: ["0", "role"], detail: "unknown role" }]);
  mine.set("interval_minutes", 15);
  assert.equal(mine.refused.includes("interval_minutes"), false);
});
