// What is to be imported, what becomes of it, and what is left to send.

import assert from "node:assert/strict";
import test from "node:test";

import { ImportPlan, importItem } from "../../../functions/settings_api/console/assets/import-plan.js";

const vendor = (id, more = {}) => ({ external_id: id, name: id, ...more });
const SUGGESTED = vendor("b", { suggestion: { company_id: "co_b", name: "Bolt", score: 95 } });

test("what is suggested is what becomes of it, unless something else is chosen", () => {
  const plan = new ImportPlan();
  plan.tick(vendor("a"));
  plan.tick(SUGGESTED);
  assert.deepEqual(plan.split, { created: 1, linked: 1 });
  assert.deepEqual(plan.entries.map(importItem), [{ external_id: "a" }, { external_id: "b", company_id: "co_b" }]);
  plan.choose(SUGGESTED, null);
  assert.deepEqual(plan.split, { created: 2, linked: 0 });
});

test("a choice ticks, and stays when the tick goes", () => {
  const plan = new ImportPlan();
  const several = vendor("c", { candidates: [{ company_id: "co_1" }, { company_id: "co_2" }] });
  assert.equal(plan.isOpen(several), true);
  plan.choose(several, { id: "co_2", name: "Two" });
  assert.equal(plan.isOpen(several), false);
  plan.untick(several);
  assert.equal(plan.size, 0);
  plan.tick(several);
  assert.deepEqual(plan.entries.map(importItem), [{ external_id: "c", company_id: "co_2" }]);
});

test("what belongs to a company already is not ticked", () => {
  const plan = new ImportPlan();
  plan.tick(vendor("d", { company_id: "co_d" }));
  assert.equal(plan.size, 0);
});

test("what is done is not sent again; what was refused or not sent is", () => {
  const plan = new ImportPlan();
  for (const id of ["a", "b", "c", "d", "e"]) plan.tick(vendor(id));
  assert.deepEqual(
    plan.batches(2).map((portion) => portion.length),
    [2, 2, 1],
  );
  plan.record([
    { external_id: "a", result: "created" },
    { external_id: "b", result: "linked" },
    { external_id: "c", result: "already_linked" },
    { external_id: "d", result: "refused", detail: "The name is taken." },
    { external_id: "unknown", result: "created" },
  ]);
  assert.deepEqual(plan.tally, { created: 1, linked: 1, before: 1, refused: 1, left: 1 });
  assert.deepEqual(
    plan.batches(2).map((portion) => portion.map(({ company }) => company.external_id)),
    [["d", "e"]],
  );
});
