// What somebody changes of a company's links in the mapping grid. Each change shows at once, is taken back if the API
// refuses it, and offers Undo; what takes something away from people says first what, by a dry run. Undo works whether or
// not the company is still shown.

import { del, put } from "./api.js";
import { CellChanges, withLink, withoutLink } from "./cell-changes.js";
import { companyPath, complain, consequences } from "./company-actions.js";
import { confirmed } from "./dialog.js";
import { h } from "./dom.js";
import { toast } from "./elements/toast-region.js";
import { brief, sentence } from "./words.js";

/** @typedef {import("./company-types.js").Company} Company */
/** @typedef {import("./company-types.js").Link} Link */
/** @typedef {import("./company-types.js").VendorCompany} VendorCompany */
/** @typedef {import("./mapping-columns.js").Column} Column */

export class MappingChanges {
  #cells;

  /** @param {ConstructorParameters<typeof CellChanges>[0]} grid */
  constructor(grid) {
    this.#cells = new CellChanges(grid);
  }

  /** @param {Company} company @param {Column} column @param {VendorCompany} vendor */
  async link(company, column, vendor) {
    const made = linkTo(vendor);
    const done = await this.#change(company, column, {
      after: ({ links }) => ({ links: withLink(links, made), none: false }),
      back: ({ links }, { none }) => ({ links: withoutLink(links, made), none }),
      send: () => put(linkPath(company, column, made), undefined),
      failed: `${brief(vendor.name)} could not be linked to ${brief(company.name)}`,
    });
    if (!done) return;
    const undo = () =>
      this.#change(company, column, {
        after: ({ links, none }) => ({ links: withoutLink(links, made), none }),
        back: ({ links, none }) => ({ links: withLink(links, made), none }),
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
      after: ({ links, none }) => ({ links: withoutLink(links, link), none }),
      back: ({ links, none }) => ({ links: withLink(links, link), none }),
      send: () => del(path),
      failed: `${brief(link.name)} could not be unlinked`,
    });
    if (!done) return;
    const undo = () =>
      this.#change(company, column, {
        after: ({ links }) => ({ links: withLink(links, link), none: false }),
        back: ({ links }, { none }) => ({ links: withoutLink(links, link), none }),
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
    /** @param {Link[]} links @param {Link} from @param {Link} to */
    const inPlace = (links, from, to) => links.map((held) => (held.external_id === from.external_id ? to : held));
    /** @param {Link} from @param {Link} to @param {string} refused */
    const change = (from, to, refused) =>
      this.#change(company, column, {
        after: ({ links }) => ({ links: inPlace(links, from, to), none: false }),
        back: ({ links }, { none }) => ({ links: inPlace(links, to, from), none }),
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
        back: ({ links }, { none: before }) => ({ links, none: before }),
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
   * @param {Company} company
   * @param {Column} column
   * @param {Omit<import("./cell-changes.js").CellChange, "send"> & {send: () => Promise<import("./api.js").Answer>, failed: string}} change
   * @returns {Promise<boolean>} whether it was done
   */
  async #change({ id }, { connector }, { after, back, send, failed }) {
    try {
      await this.#cells.make(id, connector, { after, back, send: async () => (await send()).data });
      return true;
    } catch (error) {
      complain(error, failed);
      return false;
    }
  }
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
  return confirmed({ title, body: [h("p", {}, sentence(lead)), list], action });
}

/** @param {string} text @param {() => unknown} act */
function offerUndo(text, act) {
  toast(text, { action: { label: "Undo", act } });
}
