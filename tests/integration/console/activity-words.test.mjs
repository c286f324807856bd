// Where an entry of the activity leads.

import assert from "node:assert/strict";
import test from "node:test";

globalThis.addEventListener = () => {};
globalThis.document = { createElement: () => ({}) };
globalThis.location = { href: "https://portal.example/settings/activity" };
globalThis.HTMLElement = class {};

const assets = "../../../functions/settings_api/console/assets";
const { objectPage } = await import(`${assets}/activity-words.js`);
const { configureRouter } = await import(`${assets}/router.js`);

const GRID = "/settings/integrations/companies";
const applied = { action: "quick_match.applied", object: { kind: "quick_match", id: "qm_1" } };

test("a quick match that was applied can be opened again where there is a grid", () => {
  configureRouter("", []);
  assert.equal(objectPage(applied), null);
  configureRouter("", [{ path: GRID, element: "mapping-page", title: "Company mapping" }]);
  assert.equal(objectPage(applied), `${GRID}?quick-match=qm_1`);
});
