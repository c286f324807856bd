// What a person does to a connection: it is said to be on only where it is.

import assert from "node:assert/strict";
import test from "node:test";

globalThis.addEventListener = () => {};
globalThis.document = { createElement: () => ({}), querySelector: () => ({}) };
globalThis.location = { href: "https://portal.example/settings/integrations" };
globalThis.HTMLElement = class {};
globalThis.HTMLDialogElement = class {};
globalThis.customElements = { define() {} };
// Nobody waits here between two looks at a test.
globalThis.setTimeout = (act) => setImmediate(act);

const assets = "../../../functions/settings_api/console/assets";
const { ApiError, configureApi } = await import(`${assets}/api.js`);
const { switchOn } = await import(`${assets}/actions.js`);

const HALO = "/v1/integrations/halo-psa";

/** The API with a test that goes on through these states, and what the connection is after it. Gives what is asked for. */
function api(states, integration) {
  const asked = [];
  configureApi("", { token: () => "token", renew: async () => {}, signOut: null });
  globalThis.fetch = async (path) => {
    asked.push(path.slice(HALO.length));
    const tested = () => ({ id: "t1", state: states.shift() });
    const answers = {
      [`${HALO}/enable`]: () => ({ test: tested() }),
      [`${HALO}/tests/t1`]: tested,
      [HALO]: () => integration,
    };
    return Response.json(answers[path]());
  };
  return asked;
}

test("the test before it is waited for to its end", async () => {
  const asked = api(["running", "running", "passed"], { enabled: true, issues: [] });
  await switchOn("halo-psa", "Halo PSA");
  assert.deepEqual(asked, ["/enable", "/tests/t1", "/tests/t1", ""]);
});

test("what a test leaves off is not said to be on", async () => {
  api(["failed"], { enabled: false, issues: [{ remedy: "Enter the credentials again." }] });
  await assert.rejects(switchOn("halo-psa", "Halo PSA"), (error) => {
    assert.ok(error instanceof ApiError);
    return error.sentence === "Halo PSA is not switched on. Enter the credentials again.";
  });
});

test("who has left waits for nothing more", async () => {
  const asked = api(["running"], { enabled: true, issues: [] });
  await switchOn("halo-psa", "Halo PSA", () => false);
  assert.deepEqual(asked, ["/enable", ""]);
});
