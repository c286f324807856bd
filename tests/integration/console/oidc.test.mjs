// Signing in by OIDC: what is asked proves that the answer is to it, and an answer is worth a token only if it is.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { newProof, redeem, signInAddress } from "../../../functions/settings_api/console/assets/oidc.js";

const ISSUER = {
  issuer: "https://id.example",
  authorization_endpoint: "https://id.example/authorize?tenant=msp",
  token_endpoint: "https://id.example/token",
  scopes_supported: ["openid", "read", "write"],
};
const SETTINGS = { issuer: ISSUER.issuer, client_id: "console" };
const HOME = "https://portal.example/";

/** What the issuer answers with the code's token, some claims of it as told. */
function answering(proof, claims = {}) {
  const all = { iss: ISSUER.issuer, aud: "console", sub: "ada", nonce: proof.nonce, ...claims };
  const token = ["", Buffer.from(JSON.stringify(all)).toString("base64url"), ""].join(".");
  globalThis.fetch = async (address, { body }) => {
    assert.deepEqual(
      [address, body.get("code"), body.get("code_verifier")],
      [ISSUER.token_endpoint, "c0de", proof.verifier],
    );
    return Response.json({ access_token: "t0ken", id_token: token });
  };
  return redeem(ISSUER, SETTINGS, HOME, new URLSearchParams({ code: "c0de", iss: ISSUER.issuer }), proof);
}

test("what is asked carries the challenge of a verifier that stays here", async () => {
  const proof = newProof("window.");
  const address = await signInAddress(ISSUER, SETTINGS, HOME, proof);
  const asked = Object.fromEntries(address.searchParams);
  assert.equal(asked.code_challenge, createHash("sha256").update(proof.verifier).digest("base64url"));
  assert.equal(asked.scope, "openid read write");
  assert.equal(asked.tenant, "msp");
  assert.match(asked.state, /^window\../);
  assert.equal(address.href.includes(proof.verifier), false);
});

test("an answer to the question is worth a token, and says whose", async () => {
  assert.deepEqual(await answering(newProof()), { token: "t0ken", person: "ada" });
});

for (const [whose, claims] of Object.entries({
  "another question": { nonce: "other" },
  "another service": { iss: "https://evil.example" },
  "another client": { aud: ["billing"] },
})) {
  test(`the answer to ${whose} is worth nothing`, async () => {
    await assert.rejects(answering(newProof(), claims), /somebody or something else/);
  });
}

test("a refusal is told in the service's words, and no code is exchanged", async () => {
  globalThis.fetch = () => assert.fail("nothing is to be exchanged");
  const refused = new URLSearchParams({ error: "access_denied", error_description: "Ada said no." });
  await assert.rejects(redeem(ISSUER, SETTINGS, HOME, refused, newProof()), /Ada said no/);
  const foreign = new URLSearchParams({ code: "c0de", iss: "https://evil.example" });
  await assert.rejects(redeem(ISSUER, SETTINGS, HOME, foreign, newProof()), /another sign-in service/);
});
