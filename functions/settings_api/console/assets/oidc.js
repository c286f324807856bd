// OIDC authorisation code with PKCE, as a public client: what is asked, what comes back, what it is exchanged for. Knows
// nothing of pages: where the browser goes, and what waits meanwhile, is the caller's.

/** Why nobody is signed in, in words for the page. */
export class SignInError extends Error {}

/** @typedef {{issuer: string, client_id: string}} Settings */

/**
 * @typedef {object} Issuer
 * @property {string} issuer
 * @property {string} authorization_endpoint
 * @property {string} token_endpoint
 * @property {string} [end_session_endpoint]
 * @property {string[]} [scopes_supported]
 */

/** What proves that an answer belongs to a question. @typedef {{state: string, nonce: string, verifier: string}} Proof */

/** @typedef {{token: string, person: string}} SignedIn */

const WANTED_SCOPES = ["openid", "profile", "read", "write", "manage"];

/**
 * @param {string} issuer
 * @returns {Promise<Issuer>}
 */
export async function discover(issuer) {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  try {
    const response = await fetch(address, { credentials: "omit" });
    if (response.ok) {
      const found = await response.json();
      if (found.issuer.replace(/\/$/, "") === issuer.replace(/\/$/, "")) return found;
    }
  } catch {
    // Told below: whatever went wrong, there is nobody to sign in with.
  }
  throw new SignInError("The sign-in service does not answer. Try again in a moment.");
}

/** @param {string} [mark] what the state begins with @returns {Proof} */
export function newProof(mark = "") {
  return { state: mark + random(), nonce: random(), verifier: random() };
}

/**
 * Where a person signs in.
 *
 * @param {Issuer} issuer
 * @param {Settings} settings
 * @param {string} redirect where the answer is sent to
 * @param {Proof} proof
 */
export async function signInAddress(issuer, settings, redirect, proof) {
  const known = issuer.scopes_supported;
  const query = {
    response_type: "code",
    client_id: settings.client_id,
    redirect_uri: redirect,
    scope: WANTED_SCOPES.filter((scope) => !known || known.includes(scope)).join(" "),
    state: proof.state,
    nonce: proof.nonce,
    code_challenge: await challenge(proof.verifier),
    code_challenge_method: "S256",
  };
  const address = new URL(issuer.authorization_endpoint);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return address;
}

/** Whether an address is an answer of the sign-in service. @param {URLSearchParams} query */
export function isAnswer(query) {
  return query.has("state") && (query.has("code") || query.has("error"));
}

/**
 * What an answer is worth: a token, and whose it is.
 *
 * @param {Issuer} issuer
 * @param {Settings} settings
 * @param {string} redirect
 * @param {URLSearchParams} answer to the question that `proof` was made for
 * @param {Proof} proof
 * @returns {Promise<SignedIn>}
 */
export async function redeem(issuer, settings, redirect, answer, proof) {
  if (answer.has("error")) {
    throw new SignInError(answer.get("error_description") || "The sign-in was refused or cancelled.");
  }
  if (answer.has("iss") && answer.get("iss") !== issuer.issuer) {
    throw new SignInError("The answer came from another sign-in service than the one that was asked.");
  }
  const response = await fetch(issuer.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: settings.client_id,
      redirect_uri: redirect,
      code: answer.get("code") || "",
      code_verifier: proof.verifier,
    }),
    credentials: "omit",
  }).catch(() => null);
  const given = response?.ok ? await response.json().catch(() => null) : null;
  if (!given?.access_token || !given.id_token) throw new SignInError("The sign-in could not be completed.");
  const claims = readClaims(given.id_token);
  const audience = [claims.aud].flat();
  if (claims.nonce !== proof.nonce || claims.iss !== issuer.issuer || !audience.includes(settings.client_id)) {
    throw new SignInError("The sign-in service answered for somebody or something else.");
  }
  return { token: given.access_token, person: claims.sub };
}

/**
 * The claims of a token that came straight from the issuer over TLS; its signature is the API's to check.
 *
 * @param {string} token
 */
function readClaims(token) {
  const middle = (token.split(".")[1] || "").replaceAll("-", "+").replaceAll("_", "/");
  try {
    const bytes = Uint8Array.from(atob(middle), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new SignInError("The sign-in service's answer cannot be read.");
  }
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {string} verifier */
async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
