// Changes to what a company is linked to, shown before they are done: each shows at once, and one that is refused is taken
// back alone, since others of the same company may be on their way. Pure: what is shown, and what is sent, is given.

/** @typedef {import("./company-types.js").Company} Company */
/** @typedef {import("./company-types.js").Link} Link */

/**
 * What a cell holds.
 *
 * @typedef {object} Cell
 * @property {Link[]} links
 * @property {boolean} none "not integrated"
 */

/**
 * @typedef {object} CellChange
 * @property {(now: Cell) => Cell} after
 * @property {(now: Cell, before: Cell) => Cell} back takes back this change and no other
 * @property {() => Promise<Company>} send answers the company as it is then
 */

/** @param {Company} company @param {string} connector @returns {Cell} */
export function cellOf(company, connector) {
  return { links: company.links[connector] || [], none: company.not_integrated.includes(connector) };
}

/** @param {Link[]} links @param {Link} link */
export function withLink(links, link) {
  return [...withoutLink(links, link), link];
}

/** @param {Link[]} links @param {Link} link */
export function withoutLink(links, link) {
  return links.filter(({ external_id: id }) => id !== link.external_id);
}

export class CellChanges {
  #find;
  #show;
  /** Changes on their way, by company; `alone`: no two of them overlapped. @type {Map<string, {open: number, alone: boolean}>} */
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

  /**
   * Shows a change at once and sends it; throws why it was refused, having taken it back.
   *
   * @param {string} id of the company
   * @param {string} connector
   * @param {CellChange} change
   */
  async make(id, connector, { after, back, send }) {
    const shown = this.#find(id);
    const before = shown && cellOf(shown, connector);
    this.#alter(id, connector, after);
    const others = this.#open.get(id);
    const changes = { open: (others?.open || 0) + 1, alone: !others };
    this.#open.set(id, changes);
    try {
      const answer = await send();
      // Answers of changes that overlap come in any order: none of them is the last word.
      if (this.#open.get(id)?.alone && this.#find(id)) this.#show(answer);
    } catch (error) {
      if (before) this.#alter(id, connector, (now) => back(now, before));
      throw error;
    } finally {
      const { open, alone } = this.#open.get(id) || changes;
      if (open > 1) this.#open.set(id, { open: open - 1, alone });
      else this.#open.delete(id);
    }
  }

  /** @param {string} id @param {string} connector @param {(now: Cell) => Cell} how */
  #alter(id, connector, how) {
    const company = this.#find(id);
    if (company) this.#show(withCell(company, connector, how(cellOf(company, connector))));
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
