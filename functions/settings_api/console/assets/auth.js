// Signing in. Either by OIDC authorisation code with PKCE, or by the portal around these pages, which hands a token over
// by message. The token lives in this module's memory and nowhere else; only what the redirect needs (state, nonce,
// code verifier, the way back) waits in sessionStorage while the browser is away, and is removed on return.

import { ask } from "./dialog.js";

/**
 * @typedef {object} Auth
 * @property {() => string | null} token
 * @property {(refused: string | null) => Promise<void>} renew resolves when there is another token
 * @property {(() => Promise<void>) | null} signOut `null` where the portal around the pages sees to it
 */

const PENDING = "console.sign-in";
const WANTED_SCOPES = ["openid", "profile", "read", "write", "manage"];

/** Why nobody is signed in, in words for the page. */
export class SignInError extends Error {}

/**
 * Signs in, which may leave the page: then the promise stays open.
 *
 * @param {import("./types.js").Config} config
 * @param {string} home where the issuer sends the browser back to
 * @returns {Promise<Auth>}
 */
export function signIn(config, home) {
  return config.auth.mode === "host" ? byHost(config.auth.issuer) : byOidc(config.auth, home);
}

/** @returns {Promise<"again" | null>} */
function askToSignInAgain() {
  return ask({
    title: "Your sign-in has expired",
    text: "Sign in again to go on. You come back to this page.",
    choices: [{ id: "again", label: "Sign in again", primary: true }],
    mustChoose: true,
  });
}

// By the portal around these pages ---------------------------------------------------------------------------------

/**
 * The one origin that may hand over a token is the configured issuer's. Messages: we ask with `{type:
 * "console.token-wanted"}`, the portal answers `{type: "console.token", token}` then, or whenever it has a newer one.
 *
 * @param {string} issuer
 * @returns {Promise<Auth>}
 */
async function byHost(issuer) {
  const origin = new URL(issuer).origin;
  /** @type {string | null} */
  let token = null;
  /** @type {Set<() => void>} */
  const waiting = new Set();

  addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== window.parent) return;
    if (event.data?.type !== "console.token" || typeof event.data.token !== "string") return;
    token = event.data.token;
    for (const arrived of waiting) arrived();
  });

  /** @param {string | null} refused */
  const another = (refused) =>
    new Promise((resolve, reject) => {
      const done = () => {
        if (token === null || token === refused) return;
        clearTimeout(timer);
        waiting.delete(done);
        resolve(undefined);
      };
      const timer = setTimeout(() => {
        waiting.delete(done);
        reject(
          new SignInError("The portal around these pages did not hand over a sign-in. Open them from the portal."),
        );
      }, 8000);
      waiting.add(done);
      done();
      window.parent.postMessage({ type: "console.token-wanted" }, origin);
    });

  await another(null);
  const renew = once(async (refused) => {
    while (token === refused) {
      await another(refused).catch(askToSignInAgain);
    }
  });
  return { token: () => token, renew, signOut: null };
}

// By OIDC ----------------------------------------------------------------------------------------------------------

/**
 * @param {{issuer: string, client_id: string}} settings
 * @param {string} home
 * @returns {Promise<Auth>}
 */
async function byOidc(settings, home) {
  const query = new URLSearchParams(location.search);
  const returning = query.has("state") && (query.has("code") || query.has("error"));
  if (!returning) return leave(settings, home, here());

  const pending = takePending();
  history.replaceState(null, "", pending?.returnTo || home);
  if (!pending || query.get("state") !== pending.state) {
    throw new SignInError("This sign-in was not started in this tab, or was used before.");
  }
  if (query.has("error")) {
    throw new SignInError(query.get("error_description") || "The sign-in was refused or cancelled.");
  }
  const issuer = await discover(settings.issuer);
  if (query.has("iss") && query.get("iss") !== issuer.issuer) {
    throw new SignInError("The answer came from another sign-in service than the one that was asked.");
  }
  const token = await redeem(issuer, settings, home, query.get("code") || "", pending);
  return {
    token: () => token,
    renew: once(async () => {
      await askToSignInAgain();
      await leave(settings, home, here());
    }),
    signOut: () => leaveForGood(issuer, settings, home),
  };
}

function here() {
  return location.pathname + location.search + location.hash;
}

/** @returns {{state: string, nonce: string, verifier: string, returnTo: string} | null} */
function takePending() {
  const text = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  return text ? JSON.parse(text) : null;
}

/**
 * @param {string} issuer
 * @returns {Promise<{issuer: string, authorization_endpoint: string, token_endpoint: string,
 *   end_session_endpoint?: string, scopes_supported?: string[]}>}
 */
async function discover(issuer) {
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

/**
 * @param {{issuer: string, client_id: string}} settings
 * @param {string} home
 * @param {string} returnTo
 * @returns {Promise<never>}
 */
async function leave(settings, home, returnTo) {
  const issuer = await discover(settings.issuer);
  const pending = { state: random(), nonce: random(), verifier: random(), returnTo };
  const known = issuer.scopes_supported;
  const query = new URLSearchParams({
    response_type: "code",
    client_id: settings.client_id,
    redirect_uri: new URL(home, location.origin).href,
    scope: WANTED_SCOPES.filter((scope) => !known || known.includes(scope)).join(" "),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await challenge(pending.verifier),
    code_challenge_method: "S256",
  });
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const address = new URL(issuer.authorization_endpoint);
  for (const [name, value] of query) address.searchParams.set(name, value);
  location.assign(address);
  return new Promise(() => {});
}

/**
 * @param {{issuer: string, end_session_endpoint?: string}} issuer
 * @param {{client_id: string}} settings
 * @param {string} home
 */
async function leaveForGood(issuer, settings, home) {
  const address = new URL(issuer.end_session_endpoint || home, location.origin);
  if (issuer.end_session_endpoint) {
    address.searchParams.set("client_id", settings.client_id);
    address.searchParams.set("post_logout_redirect_uri", new URL(home, location.origin).href);
  }
  location.assign(address);
}

/**
 * @param {{issuer: string, token_endpoint: string}} issuer
 * @param {{client_id: string}} settings
 * @param {string} home
 * @param {string} code
 * @param {{nonce: string, verifier: string}} pending
 * @returns {Promise<string>}
 */
async function redeem(issuer, settings, home, code, pending) {
  const response = await fetch(issuer.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: settings.client_id,
      redirect_uri: new URL(home, location.origin).href,
      code,
      code_verifier: pending.verifier,
    }),
    credentials: "omit",
  }).catch(() => null);
  const answer = response?.ok ? await response.json().catch(() => null) : null;
  if (!answer?.access_token || !answer.id_token) throw new SignInError("The sign-in could not be completed.");
  const claims = readClaims(answer.id_token);
  const audience = [claims.aud].flat();
  if (claims.nonce !== pending.nonce || claims.iss !== issuer.issuer || !audience.includes(settings.client_id)) {
    throw new SignInError("The sign-in service answered for somebody or something else.");
  }
  return answer.access_token;
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

/**
 * Several requests may find the token expired at once: they share one renewal.
 *
 * @param {(refused: string | null) => Promise<void>} work
 * @returns {(refused: string | null) => Promise<void>}
 */
function once(work) {
  /** @type {Promise<void> | null} */
  let running = null;
  return (refused) => {
    running ||= work(refused).finally(() => {
      running = null;
    });
    return running;
  };
}
