// The door to the HTTP API: which key a request goes under, and what becomes of an expired sign-in.

import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { ApiError, Intention, configureApi, post } from "../../../functions/settings_api/console/assets/api.js";

/** Each what `fetch` answers: a status, or `null` for an answer that is lost. */
let answers = [];
let sent = [];
let token = "first";

beforeEach(() => {
  sent = [];
  token = "first";
  configureApi("", { token: () => token, renew: async () => void (token = "second"), signOut: null });
  globalThis.fetch = async (path, { headers, body }) => {
    sent.push({ path, key: headers["Idempotency-Key"], token: headers.Authorization, body });
    const status = answers.shift();
    if (status === null) throw new TypeError("lost");
    return new Response("{}", { status });
  };
});

const keys = () => new Set(sent.map(({ key }) => key)).size;

test("what is asked for again after a lost answer goes under the same key", async () => {
  answers = [null, 503, 201];
  const adding = new Intention();
  await assert.rejects(post("/v1/companies", { name: "Acme" }, adding), ApiError);
  await assert.rejects(post("/v1/companies", { name: "Acme" }, adding), ApiError);
  await post("/v1/companies", { name: "Acme" }, adding);
  assert.equal(keys(), 1);
});

test("what differs, or comes after a success, is another thing", async () => {
  answers = [409, 201, 201];
  const adding = new Intention();
  await assert.rejects(post("/v1/companies", { name: "Acme" }, adding), ApiError);
  await post("/v1/companies", { name: "Acme Ltd" }, adding);
  await post("/v1/companies", { name: "Acme Ltd" }, adding);
  assert.equal(keys(), 3);
});

test("what nobody holds an intention for has a key of its own", async () => {
  answers = [200, 200];
  await post("/v1/integrations/halo-psa/test");
  await post("/v1/integrations/halo-psa/test");
  assert.equal(keys(), 2);
});

test("what was refused for an expired sign-in is sent once more, as it was, with another token", async () => {
  answers = [401, 201];
  await post("/v1/companies", { name: "Acme" });
  assert.deepEqual(
    sent.map(({ token: used, body }) => [used, body]),
    [
      ["Bearer first", '{"name":"Acme"}'],
      ["Bearer second", '{"name":"Acme"}'],
    ],
  );
  assert.equal(keys(), 1);
});
