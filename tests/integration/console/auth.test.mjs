// Embedded: the portal around the pages hands over a token, and nobody else can.

import assert from "node:assert/strict";
import test from "node:test";

const PORTAL = "https://portal.example";
const portal = { asked: [], postMessage: (message, origin) => portal.asked.push([message.type, origin]) };
const stranger = { postMessage: () => {} };

let receive;
globalThis.addEventListener = (type, listener) => {
  if (type === "message") receive = listener;
};
globalThis.window = { parent: portal };

const { signIn } = await import("../../../functions/settings_api/console/assets/auth.js");

const message = (token, { origin = PORTAL, source = portal, type = "console.token" } = {}) =>
  receive({ origin, source, data: { type, token } });

test("only the configured portal's token counts, whoever else sends one", async () => {
  let auth = null;
  const signing = signIn({ auth: { mode: "host", issuer: `${PORTAL}/id`, client_id: "console" } }, "/").then(
    (signedIn) => (auth = signedIn),
  );
  await new Promise(setImmediate);
  assert.deepEqual(portal.asked, [["console.token-wanted", PORTAL]]);

  message("forged", { origin: "https://evil.example" });
  message("forged", { origin: `${PORTAL}.evil.example` });
  message("forged", { source: stranger });
  message("forged", { type: "something.else" });
  message({ token: "forged" });
  await new Promise(setImmediate);
  assert.equal(auth, null);

  message("first");
  await signing;
  assert.equal(auth.token(), "first");
  message("forged", { origin: "https://evil.example" });
  assert.equal(auth.token(), "first");
});

test("a refused token is renewed by another one only, for everybody who waits", async () => {
  const signing = signIn({ auth: { mode: "host", issuer: PORTAL, client_id: "console" } }, "/");
  await new Promise(setImmediate);
  message("first");
  const auth = await signing;

  portal.asked = [];
  let renewed = 0;
  const both = Promise.all([auth.renew("first"), auth.renew("first")]).then(() => (renewed = 2));
  await new Promise(setImmediate);
  message("first");
  await new Promise(setImmediate);
  assert.deepEqual([renewed, portal.asked.length], [0, 1]);
  message("second");
  await both;
  assert.equal(auth.token(), "second");
});
