// Signing in again in a window of its own, so that this page and what is typed on it stay. That window comes back to the
// console's address, finds that its answer is another window's, hands it over and closes. What the answer is worth only the
// window knows that asked: the code verifier never leaves its memory.

import { h, newId, setOff, setText, show } from "./dom.js";
import { isAnswer, newProof, redeem, signInAddress, SignInError } from "./oidc.js";

/** Answers to a state that begins so are handed over. */
const MARK = "window.";
const CHANNEL = "console.sign-in";

/**
 * In the window that signs in: hands the answer over to the one that asked for it; whether this is such a window.
 *
 * @param {URLSearchParams} query
 */
export function handOver(query) {
  if (!isAnswer(query) || !query.get("state")?.startsWith(MARK)) return false;
  new BroadcastChannel(CHANNEL).postMessage(query.toString());
  window.close();
  return true;
}

/**
 * Asks until somebody is signed in again.
 *
 * @param {import("./oidc.js").Issuer} issuer
 * @param {import("./oidc.js").Settings} settings
 * @param {string} redirect
 * @param {() => Promise<void>} leave signs in here instead, where no window opens: what is typed is lost
 * @returns {Promise<import("./oidc.js").SignedIn>}
 */
export async function signInAgain(issuer, settings, redirect, leave) {
  const { dialog, note, again, here } = question();
  const channel = new BroadcastChannel(CHANNEL);
  /** Made before the button is pressed: a window opens only at once after that. */
  let proof = newProof(MARK);
  let address = await signInAddress(issuer, settings, redirect, proof);
  const say = (/** @type {string} */ text) => {
    setText(note, text);
    show(note, text);
  };
  again.addEventListener("click", () => {
    const opened = window.open(address, "_blank", "popup,width=520,height=720");
    show(here, !opened);
    say(opened ? "" : "The browser opened no window. Allow this page to, or sign in here and lose what is not saved.");
    if (opened) opened.opener = null;
  });
  here.addEventListener("click", async () => {
    setOff(here, "One moment, please.");
    await leave().catch((error) => say(error.message));
    setOff(here, null);
  });
  document.body.append(dialog);
  dialog.showModal();
  again.focus();
  return new Promise((resolve) => {
    channel.addEventListener("message", async ({ data }) => {
      const answer = new URLSearchParams(String(data));
      if (answer.get("state") !== proof.state) return;
      const mine = proof;
      proof = newProof(MARK);
      address = await signInAddress(issuer, settings, redirect, proof);
      try {
        const signedIn = await redeem(issuer, settings, redirect, answer, mine);
        channel.close();
        dialog.close();
        dialog.remove();
        resolve(signedIn);
      } catch (error) {
        say(error instanceof SignInError ? error.message : "The sign-in could not be completed.");
      }
    });
  });
}

function question() {
  const titleId = newId("sign-in");
  const textId = newId("sign-in");
  const dialog = h("dialog", { class: "small-dialog", "aria-labelledby": titleId, "aria-describedby": textId });
  const note = h("p", { class: "notice warn", role: "alert", hidden: true });
  const here = h("button", { class: "button", type: "button", hidden: true }, "Sign in here");
  const again = h("button", { class: "button primary", type: "button" }, "Sign in again");
  dialog.append(
    h("h2", { id: titleId }, "Your sign-in has expired"),
    h("p", { id: textId }, "Sign in again in a window of its own. This page stays as it is, with what you entered."),
    note,
    h("div", { class: "choices" }, here, again),
  );
  // Without a sign-in nothing goes on: Escape does not close it.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  return { dialog, note, again, here };
}
