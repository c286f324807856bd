// Changes to what a company is linked to. Each shows at once, is taken back if the API refuses it, and offers Undo; what
// takes something away from people says first what, by a dry run. Undo works whether or not the company is still shown.

import { del, put } from "./api.js";
import { companyPath, complain, consequences } from "./company-actions.js";
import { confirmed } from "./dialog.js";
import { h } from "./dom.js";
import { toast } from "./elements/toast-region.js";
import { brief } from "./words.js";

/** @typedef {import("./company-types.js").Company} Company */
/** @typedef {import("./company-types.js").Link} Link */
/** @typedef {import("./company-types.js").VendorCompany} VendorCompany */
/** @typedef {import("./mapping-columns.js").Column} Column */

/**
 * What a cell holds.
 *
 * @typedef {object} Cell
 * @property {Link[]} links
 * @property {boolean} none "not integrated"
 */

/** @param {Company} company @param {string} connector @returns {Cell} */
export function cellOf(company, connector) {
  return { links: company.links[connector] || [], none: company.not_integrated.includes(connector) };
}

export class MappingChanges {
  #find;
  #show;
  /** Changes on their way, by company. @type {Map<string, number>} */
  #open = new Map();

  /**
   * @param {object} grid
   * @param {(id: string) => Company | undefined} grid.find a company as it is shown
   * @param {(company: Company) => void} grid.show shows it as it is now
   */
  constructor({ find, show }) {
    this.#find = find;
    this.#show = show;
  }

  /** @param {Company} company @param {Column} column @param {VendorCompany} vendor */
  async link(company, column, vendor) {
    const made = linkTo(vendor);
    const done = await this.#change(company, column, {
      after: ({ links }) => ({ links: [...links, made], none: false }),
      send: () => put(linkPath(company, column, made), undefined),
      failed: `${brief(vendor.name)} could not be linked to ${brief(company.name)}`,
    });
    if (!done) return;
    const undo = () =>
      this.#change(company, column, {
        after: ({ links, none }) => ({ links: without(links, made), none }),
        send: () => del(linkPath(company, column, made)),
        failed: `${brief(vendor.name)} could not be unlinked again`,
      });
    offerUndo(`${brief(company.name)} is linked to ${brief(vendor.name)} in ${column.short}.`, undo);
  }

  /** @param {Company} company @param {Column} column @param {Link} link */
  async unlink(company, column, link) {
    const path = linkPath(company, column, link);
    const sure = await accepted({
      ask: () => consequences(del, path),
      title: `Unlink ${brief(link.name)}?`,
      lead: `${brief(link.name)} in ${column.short} will no longer belong to ${brief(company.name)}.`,
      action: "Unlink",
      failed: `${brief(link.name)} could not be unlinked`,
    });
    if (!sure) return;
    const done = await this.#change(company, column, {
      after: ({ links, none }) => ({ links: without(links, link), none }),
      send: () => del(path),
      failed: `${brief(link.name)} could not be unlinked`,
    });
    if (!done) return;
    const undo = () =>
      this.#change(company, column, {
        after: ({ links }) => ({ links: [...links, link], none: false }),
        send: () => put(path, undefined),
        failed: `${brief(link.name)} could not be linked again`,
      });
    offerUndo(`${brief(link.name)} in ${column.short} is unlinked from ${brief(company.name)}.`, undo);
  }

  /**
   * Another vendor company in the place of one, in one step, so that nobody whom both bring loses access in between.
   *
   * @param {Company} company @param {Column} column @param {Link} link @param {VendorCompany} vendor
   */
  async swap(company, column, link, vendor) {
    const made = linkTo(vendor);
    const failed = `${brief(link.name)} could not be swapped for ${brief(vendor.name)}`;
    const sure = await accepted({
      ask: () => consequences(put, swapPath(company, column, link, made)),
      title: `Swap ${brief(link.name)} for ${brief(vendor.name)}?`,
      lead: `${brief(company.name)} will be linked to ${brief(vendor.name)} in ${column.short}, and no longer to ${brief(link.name)}.`,
      action: "Swap",
      failed,
    });
    if (!sure) return;
    /** @param {Link} from @param {Link} to @param {string} refused */
    const change = (from, to, refused) =>
      this.#change(company, column, {
        after: ({ links }) => ({
          links: links.map((held) => (held.external_id === from.external_id ? to : held)),
          none: false,
        }),
        send: () => put(swapPath(company, column, from, to), undefined),
        failed: refused,
      });
    if (!(await change(link, made, failed))) return;
    offerUndo(`${brief(company.name)} is linked to ${brief(vendor.name)} instead of ${brief(link.name)}.`, () =>
      change(made, link, `${brief(vendor.name)} could not be swapped back`),
    );
  }

  /** @param {Company} company @param {Column} column @param {boolean} none */
  async setNotIntegrated(company, column, none) {
    const path = `${companyPath(company.id)}/links/${encodeURIComponent(column.connector)}`;
    const change = (/** @type {boolean} */ value) =>
      this.#change(company, column, {
        after: ({ links }) => ({ links, none: value }),
        send: () => put(path, { not_integrated: value }),
        failed: `${brief(company.name)} could not be changed`,
      });
    if (!(await change(none))) return;
    const said = none
      ? `${brief(company.name)} is marked as not integrated with ${column.short}.`
      : `${brief(company.name)} is no longer marked as not integrated with ${column.short}.`;
    offerUndo(said, () => change(!none));
  }

  /**
   * Shows a change at once and sends it; takes it back if it is refused.
   *
   * @param {Company} company
   * @param {Column} column
   * @param {{after: (before: Cell) => Cell, send: () => Promise<import("./api.js").Answer>, failed: string}} change
   * @returns {Promise<boolean>} whether it was done
   */
  async #change({ id }, { connector }, { after, send, failed }) {
    const before = this.#find(id);
    if (before) this.#show(withCell(before, connector, after(cellOf(before, connector))));
    this.#open.set(id, (this.#open.get(id) || 0) + 1);
    let answer = null;
    try {
      answer = (await send()).data;
    } catch (error) {
      const now = this.#find(id);
      if (before && now) this.#show(withCell(now, connector, cellOf(before, connector)));
      complain(error, failed);
    }
    const left = (this.#open.get(id) || 1) - 1;
    if (left > 0) this.#open.set(id, left);
    else this.#open.delete(id);
    // An answer from before another change is not the last word.
    if (answer && left === 0 && this.#find(id)) this.#show(answer);
    return answer !== null;
  }
}

/**
 * @param {Company} company
 * @param {string} connector
 * @param {Cell} cell
 * @returns {Company}
 */
function withCell(company, connector, { links, none }) {
  const others = company.not_integrated.filter((one) => one !== connector);
  return {
    ...company,
    links: { ...company.links, [connector]: links },
    not_integrated: none ? [...others, connector] : others,
  };
}

/** @param {Link[]} links @param {Link} link */
function without(links, link) {
  return links.filter(({ external_id: id }) => id !== link.external_id);
}

/** @param {VendorCompany} vendor @returns {Link} */
function linkTo({ external_id, name, inactive }) {
  return { external_id, name, state: inactive ? "inactive" : "ok" };
}

/** @param {Company} company @param {Column} column @param {Link} link */
function linkPath(company, column, link) {
  const place = [column.connector, link.external_id].map(encodeURIComponent).join("/");
  return `${companyPath(company.id)}/links/${place}`;
}

/** @param {Company} company @param {Column} column @param {Link} from @param {Link} to */
function swapPath(company, column, from, to) {
  return `${linkPath(company, column, to)}?swap=${encodeURIComponent(from.external_id)}`;
}

/**
 * Asks what something would do, and where that is anything, whether to go on.
 *
 * @param {{ask: () => Promise<string[]>, title: string, lead: string, action: string, failed: string}} what
 */
async function accepted({ ask, title, lead, action, failed }) {
  /** @type {string[]} */
  let lines;
  try {
    lines = await ask();
  } catch (error) {
    complain(error, failed);
    return false;
  }
  if (lines.length === 0) return true;
  const list = h(
    "ul",
    { class: "bullets" },
    lines.map((line) => h("li", {}, line)),
  );
  return confirmed({ title, body: [h("p", {}, lead), list], action });
}

/** @param {string} text @param {() => unknown} act */
function offerUndo(text, act) {
  toast(text, { action: { label: "Undo", act } });
}
