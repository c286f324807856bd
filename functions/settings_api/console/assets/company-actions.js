// What a person can do to a company wherever it is shown, with the consequences said before. Each answers whether it was
// done.

import { ApiError, all, del } from "./api.js";
import { catalogue } from "./catalogue.js";
import { linkedNames, shortName } from "./company-words.js";
import { confirmed } from "./dialog.js";
import { h } from "./dom.js";
import { toast } from "./elements/toast-region.js";
import { list, plural } from "./words.js";

/** @typedef {import("./company-types.js").Company} Company */

/** @param {string} id */
export function companyPath(id) {
  return `/v1/companies/${encodeURIComponent(id)}`;
}

/** @param {Company} company */
export async function deleteCompany(company) {
  const { id, name } = company;
  const names = linkedNames(company, await catalogue());
  /** @type {import("./company-types.js").User[]} */
  let users;
  try {
    users = await all(usersPath(id));
  } catch (error) {
    complain(error, `${name} could not be deleted`);
    return false;
  }
  const sure = await confirmed({
    title: `Delete ${name}?`,
    body: deletionConsequences(names, users).map((text) => h("p", {}, text)),
    action: "Delete company",
    typed: name,
  });
  if (!sure) return false;
  try {
    await del(companyPath(id));
  } catch (error) {
    complain(error, `${name} could not be deleted`);
    return false;
  }
  toast(names.length > 0 ? `${name} is deleted, its vendor companies are blocked.` : `${name} is deleted.`);
  return true;
}

/**
 * What deleting a company means, in sentences.
 *
 * @param {string[]} names of its vendor companies
 * @param {import("./company-types.js").User[]} users
 */
function deletionConsequences(names, users) {
  const said = [];
  if (names.length > 0) {
    said.push(`It is unlinked from ${list(names)}; nothing is deleted there.`);
    said.push("No import brings them back until you unblock them under Blocked.");
  }
  const imported = users.filter(({ origin, state }) => origin === "imported" && state === "active").length;
  const manual = users.filter(({ origin }) => origin === "manual").length;
  const others = users.length - imported - manual;
  if (imported > 0) said.push(`Suspends ${plural(imported, "imported user")}.`);
  if (manual > 0) said.push(`Keeps ${plural(manual, "hand-made user")}, without a company.`);
  if (others > 0) said.push(`Leaves ${plural(others, "user")} without access as they are.`);
  if (said.length === 0) said.push("It has no links and no users.");
  return [...said, "This cannot be undone."];
}

/**
 * Takes a link away, once its consequences have been read.
 *
 * @param {Company} company
 * @param {string} connector
 * @param {import("./company-types.js").Link} link
 */
export async function unlink(company, connector, link) {
  const vendor = shortName(connector, await catalogue());
  const path = `${companyPath(company.id)}/links/${encodeURIComponent(connector)}/${encodeURIComponent(link.external_id)}`;
  try {
    const lines = await consequences(del, path);
    const sure = await confirmed({
      title: `Unlink ${link.name}?`,
      body: [
        h(
          "p",
          {},
          `${link.name} in ${vendor} will no longer belong to ${company.name}. Nothing is deleted in ${vendor}.`,
        ),
        lines.length > 0
          ? h(
              "ul",
              { class: "bullets" },
              lines.map((line) => h("li", {}, line)),
            )
          : "",
      ],
      action: "Unlink",
    });
    if (!sure) return false;
    await del(path);
  } catch (error) {
    complain(error, `${link.name} could not be unlinked`);
    return false;
  }
  toast(`${link.name} (${vendor}) is unlinked from ${company.name}.`);
  return true;
}

/**
 * What a change of links would do, in sentences; none: nothing follows from it.
 *
 * @param {(path: string, body: undefined) => Promise<import("./api.js").Answer>} send
 * @param {string} path of the link
 * @returns {Promise<string[]>}
 */
export async function consequences(send, path) {
  const { data } = await send(`${path}${path.includes("?") ? "&" : "?"}dry_run=true`, undefined);
  return data.lines;
}

/** @param {string} company */
function usersPath(company) {
  return `/v1/users?company=${encodeURIComponent(company)}`;
}

/**
 * @param {unknown} error
 * @param {string} what
 */
export function complain(error, what) {
  const why = error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
  toast(`${what}. ${why}`, { error: true });
}
