// Which proposals of a quick match are ticked, whatever is filtered.

import assert from "node:assert/strict";
import test from "node:test";

import { MatchSelection } from "../../../functions/settings_api/console/assets/match-selection.js";

const proposal = (id, score, name) => ({ id, score, name, company_name: `${name} Ltd`, external_id: `v-${id}` });
const ACME = proposal("p1", 90, "Acme");
const BOLT = proposal("p2", 60, "Bolt");

test("at first everything that is filtered is ticked", () => {
  const ticked = new MatchSelection();
  assert.equal(ticked.has("p1"), true);
  assert.equal(ticked.count(10, { threshold: 40, search: "" }), 10);
  assert.deepEqual(ticked.request({ threshold: 40, search: "" }), { threshold: 40, accept: "filtered", except: [] });
});

test("an exception counts only where the filter leaves it", () => {
  const ticked = new MatchSelection();
  ticked.toggle(BOLT);
  assert.equal(ticked.count(10, { threshold: 40, search: "" }), 9);
  assert.equal(ticked.count(5, { threshold: 80, search: "" }), 5);
  assert.equal(ticked.count(3, { threshold: 40, search: "acme" }), 3);
  assert.equal(ticked.count(1, { threshold: 40, search: "V-P2" }), 0);
  const { except, filter } = ticked.request({ threshold: 40, search: "bolt" });
  assert.deepEqual([except, filter], [["p2"], { search: "bolt" }]);
});

test("after none only what is ticked one by one is accepted, filtered or not", () => {
  const ticked = new MatchSelection();
  ticked.setAll(false);
  ticked.toggle(ACME);
  ticked.toggle(BOLT);
  ticked.toggle(BOLT);
  assert.deepEqual([ticked.has("p1"), ticked.has("p2")], [true, false]);
  assert.equal(ticked.count(0, { threshold: 100, search: "nobody" }), 1);
  assert.deepEqual(ticked.request({ threshold: 70, search: "x" }), { threshold: 70, accept: ["p1"] });
});
