// Signing in. Either by OIDC authorisation code with PKCE, or by the portal around these pages, which hands a token over
// by message. The token lives in this module's memory and nowhere else; only what a redirect needs (state, nonce, code
// verifier, the way back) waits in sessionStorage while the browser is away, and is removed on return.

import { ask } from "./dialog.js";
import { discover, isAnswer, newProof, redeem, signInAddress, SignInError } from "./oidc.js";
import { handOver, signInAgain } from "./sign-in-window.js";
import { leaveUnasked } from "./unsaved.js";

/**
 * @typedef {object} Auth
 * @property {() => string | null} token
 * @property {(refused: string | null) => Promise<void>} renew resolves when there is another token
 * @property {(() => Promise<void>) | null} signOut `null` where the portal around the pages sees to it
 */

/** @typedef {import("./oidc.js").Settings} Settings */

const PENDING = "console.sign-in";

/**
 * Signs in, which may leave the page: then the promise stays open.
 *
 * @param {import("./types.js").Config} config
 * @param {string} home where the issuer sends the browser back to
 * @returns {Promise<Auth | null>} `null`: this window was only opened to sign another in again
 */
export async function signIn(config, home) {
  if (config.auth.mode === "host") return byHost(config.auth.issuer);
  if (handOver(new URLSearchParams(location.search))) return null;
  return byOidc(config.auth, home);
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
      await another(refused).catch(askToGoOn);
    }
  });
  return { token: () => token, renew, signOut: null };
}

/** @returns {Promise<"again" | null>} */
function askToGoOn() {
  return ask({
    title: "Your sign-in has expired",
    text: "Sign in again to go on. You come back to this page.",
    choices: [{ id: "again", label: "Sign in again", primary: true }],
    mustChoose: true,
  });
}

// By OIDC ----------------------------------------------------------------------------------------------------------

/**
 * @param {Settings} settings
 * @param {string} home
 * @returns {Promise<Auth>}
 */
async function byOidc(settings, home) {
  const redirect = new URL(home, location.origin).href;
  const query = new URLSearchParams(location.search);
  if (!isAnswer(query)) return leave(settings, redirect);

  const pending = takePending();
  history.replaceState(null, "", pending?.returnTo || home);
  if (!pending || query.get("state") !== pending.state) {
    throw new SignInError("This sign-in was not started in this tab, or was used before.");
  }
  const issuer = await discover(settings.issuer);
  let { token, person } = await redeem(issuer, settings, redirect, query, pending);
  const renew = once(async (refused) => {
    if (token !== refused) return;
    const signedIn = await signInAgain(issuer, settings, redirect, () => leave(settings, redirect));
    // What stands on this page is the first one's.
    if (signedIn.person !== person) await startAnew();
    token = signedIn.token;
  });
  return { token: () => token, renew, signOut: () => leaveForGood(issuer, settings, redirect) };
}

/** @returns {Promise<never>} */
function startAnew() {
  leaveUnasked();
  location.reload();
  return new Promise(() => {});
}

/** @returns {import("./oidc.js").Proof & {returnTo: string} | null} */
function takePending() {
  const text = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  return text ? JSON.parse(text) : null;
}

/**
 * @param {Settings} settings
 * @param {string} redirect
 * @returns {Promise<never>}
 */
async function leave(settings, redirect) {
  const proof = newProof();
  const address = await signInAddress(await discover(settings.issuer), settings, redirect, proof);
  const returnTo = location.pathname + location.search + location.hash;
  sessionStorage.setItem(PENDING, JSON.stringify({ ...proof, returnTo }));
  leaveUnasked();
  location.assign(address);
  return new Promise(() => {});
}

/**
 * @param {import("./oidc.js").Issuer} issuer
 * @param {Settings} settings
 * @param {string} redirect
 */
async function leaveForGood(issuer, settings, redirect) {
  const address = new URL(issuer.end_session_endpoint || redirect);
  if (issuer.end_session_endpoint) {
    address.searchParams.set("client_id", settings.client_id);
    address.searchParams.set("post_logout_redirect_uri", redirect);
  }
  location.assign(address);
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
