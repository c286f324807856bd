// What would be lost on the way from one address to another.

import assert from "node:assert/strict";
import test from "node:test";

let leaving;
globalThis.addEventListener = (type, listener) => {
  if (type === "beforeunload") leaving = listener;
};
const { leaveUnasked, lostBetween, watch } = await import("../../../functions/settings_api/console/assets/unsaved.js");

const at = (path) => new URL(path, "https://portal.example");
const lost = (from, to) => lostBetween(at(from), at(to)).length;
const something = (under, dirty = () => true) => watch({ under, dirty, mayLeave: async () => true });

/** Whether the browser is to ask before the window goes. */
function asks() {
  let asked = false;
  leaving({ preventDefault: () => (asked = true) });
  return asked;
}

test("what stands on a page goes with the page, not with what else the address says", () => {
  const end = something([]);
  assert.equal(lost("/settings/a/options", "/settings/a/options?preview=yes"), 0);
  assert.equal(lost("/settings/a/options", "/settings/a/overview"), 1);
  end();
  assert.equal(lost("/settings/a/options", "/settings/a/overview"), 0);
});

test("a dialog goes with its part of the address", () => {
  const end = something(["connect", "step"]);
  assert.equal(lost("/x?connect=halo&step=options", "/x?connect=halo&step=credentials"), 1);
  assert.equal(lost("/x?connect=halo", "/x"), 1);
  assert.equal(lost("/x?connect=halo", "/x?connect=halo&category=PSA"), 0);
  end();
});

test("what is not dirty is not asked about", () => {
  let dirty = false;
  const end = something(["add"], () => dirty);
  assert.deepEqual([lost("/x?add=1", "/x"), asks()], [0, false]);
  dirty = true;
  assert.deepEqual([lost("/x?add=1", "/x"), asks()], [1, true]);
  end();
  assert.equal(asks(), false);
});

test("on the way to signing in the browser does not ask, where staying would leave requests waiting for ever", () => {
  something([]);
  leaveUnasked();
  assert.equal(asks(), false);
});
