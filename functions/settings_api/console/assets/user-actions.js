// Giving a person access and taking it away, with what it means said before. Each answers whether it was done.

import { del, get, items, post, put } from "./api.js";
import { complain } from "./company-actions.js";
import { ask, confirmed } from "./dialog.js";
import { h } from "./dom.js";
import { toast } from "./elements/toast-region.js";

/** @typedef {import("./company-types.js").User} User */

/** @param {User} user */
function accessPath({ id }) {
  return `/v1/users/${encodeURIComponent(id)}/access`;
}

/** @param {User} user */
export async function takeAccess(user) {
  const { name, origin } = user;
  const body = [h("p", {}, `${name} can no longer sign in to the portal. The role is kept.`)];
  if (origin === "imported") {
    body.push(h("p", {}, "No sync gives access back or imports this person again, until you give access here."));
  }
  if (!(await confirmed({ title: `Take access from ${name}?`, body, action: "Take access away" }))) return false;
  return decided(() => del(accessPath(user)), `${name} no longer has access.`, `${name} could not lose access`);
}

/** @param {User} user */
export async function giveAccess(user) {
  const { name, state, origin } = user;
  const why = state === "suspended" ? "The PSA took it away. " : "";
  const after =
    origin === "imported" ? "From then on it is your decision: sync leaves this person's access alone." : "";
  const answer = await ask({
    title: `Give ${name} access?`,
    text: `${why}${name} can sign in to the portal again, with the same role. ${after}`,
    choices: [
      { id: "no", label: "Cancel" },
      { id: "yes", label: "Give access", primary: true },
    ],
  });
  if (answer !== "yes") return false;
  return decided(() => put(accessPath(user), undefined), `${name} has access.`, `${name} could not be given access`);
}

/**
 * Moves the user of a contact to the company that the contact belongs to now, or keeps it where it is.
 *
 * @param {string} contact connector and vendor's id
 * @param {string} title who moved from where to where
 */
export async function settleMove(contact, title) {
  const failed = "It could not be decided";
  /** @type {User | undefined} */
  let user;
  try {
    user = items(await get(`/v1/users?contact=${encodeURIComponent(contact)}`))[0];
  } catch (error) {
    complain(error, failed);
    return false;
  }
  if (!user) {
    toast("There is no user of this contact any more.");
    return false;
  }
  const { id, name } = user;
  const answer = await ask({
    title,
    text: `Move ${name} to the new company, with the same role? Kept, ${name} stays, with access, and sync leaves that alone from then on.`,
    choices: [
      { id: "no", label: "Cancel" },
      { id: "keep", label: "Keep" },
      { id: "move", label: "Move", primary: true },
    ],
  });
  if (answer !== "keep" && answer !== "move") return false;
  const keep = answer === "keep";
  const send = () => post(`/v1/users/${encodeURIComponent(id)}/move`, { keep });
  return decided(send, keep ? `${name} is kept, with access.` : `${name} is moved.`, failed);
}

/**
 * @param {() => Promise<unknown>} act
 * @param {string} done
 * @param {string} failed
 */
async function decided(act, done, failed) {
  try {
    await act();
  } catch (error) {
    complain(error, failed);
    return false;
  }
  toast(done);
  return true;
}
