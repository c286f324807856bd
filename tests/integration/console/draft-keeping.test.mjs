// What is kept of unsaved options over a loading of the page: once, for one person, and not after it was done with.

import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { dropDraft, keepDraft, takeUpDraft } from "../../../functions/settings_api/console/assets/draft-keeping.js";
import { OptionsDraft } from "../../../functions/settings_api/console/assets/options-draft.js";
import { setMe } from "../../../functions/settings_api/console/assets/session.js";

const OPTIONS = {
  interval_minutes: 15,
  initial_import: false,
  company_import: "chosen",
  record_types: ["companies"],
  auto_import: { default_role: "user" },
  filters: {},
  stages: {},
  ticket_defaults: {},
};

const draft = () => new OptionsDraft(OPTIONS, ["companies"]);

function person(id) {
  setMe({ tenant: { id: "msp", name: "MSP" }, user: { id, name: id }, permissions: ["manage"] });
}

beforeEach(() => {
  const kept = new Map();
  globalThis.sessionStorage = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => kept.set(name, value),
    removeItem: (name) => kept.delete(name),
  };
  person("ada");
  const mine = draft();
  mine.set("interval_minutes", 5);
  mine.set("auto_import/default_role", "");
  keepDraft("halo-psa", mine);
});

test("what was kept is taken up once, with what was taken out", () => {
  const later = draft();
  assert.equal(takeUpDraft("halo-psa", later), 2);
  assert.equal(later.get("interval_minutes"), 5);
  assert.equal(later.get("auto_import/default_role"), undefined);
  assert.equal(takeUpDraft("halo-psa", draft()), 0);
});

test("what was saved or discarded in the meantime does not come back", () => {
  dropDraft("halo-psa");
  assert.equal(takeUpDraft("halo-psa", draft()), 0);
});

test("it is nobody else's and no other connection's", () => {
  assert.equal(takeUpDraft("syncro", draft()), 0);
  person("otto");
  assert.equal(takeUpDraft("halo-psa", draft()), 0);
  dropDraft("halo-psa");
  person("ada");
  assert.equal(takeUpDraft("halo-psa", draft()), 2);
});

test("without storage the page works as if nothing had been kept", () => {
  globalThis.sessionStorage = undefined;
  keepDraft("halo-psa", draft());
  dropDraft("halo-psa");
  assert.equal(takeUpDraft("halo-psa", draft()), 0);
});
