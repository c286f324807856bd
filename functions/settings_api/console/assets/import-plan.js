// What is to be imported: the vendor companies that are ticked, what is to become of each, and what has become of it.
// Pure. It knows nothing of pages, so a company that is ticked stays so whatever is searched for next.

/** @typedef {import("./company-types.js").VendorCompany} VendorCompany */
/** @typedef {import("./company-types.js").ImportResult} ImportResult */

/** The portal company to link to; `null`: a new one. @typedef {{id: string, name: string} | null} Target */

/**
 * @typedef {object} Entry
 * @property {VendorCompany} company
 * @property {Target} target
 * @property {"ticked" | "sending" | ImportResult["result"]} state
 * @property {string} detail why it was refused
 */

/** Results that leave nothing to do. */
const DONE = ["created", "linked", "already_linked"];

export class ImportPlan {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** What was chosen for companies, ticked or not. @type {Map<string, Target>} */
  #chosen = new Map();

  get entries() {
    return [...this.#entries.values()];
  }

  get size() {
    return this.#entries.size;
  }

  /** @param {VendorCompany} company */
  has({ external_id: id }) {
    return this.#entries.has(id);
  }

  /** @param {VendorCompany} company */
  tick(company) {
    if (!importable(company) || this.has(company)) return;
    this.#entries.set(company.external_id, { company, target: this.target(company), state: "ticked", detail: "" });
  }

  /** @param {VendorCompany} company */
  untick({ external_id: id }) {
    this.#entries.delete(id);
  }

  clear() {
    this.#entries.clear();
  }

  /**
   * What would become of a company: what was chosen, else what is suggested, else a new one.
   *
   * @param {VendorCompany} company
   * @returns {Target}
   */
  target({ external_id: id, suggestion }) {
    const chosen = this.#chosen.get(id);
    if (chosen !== undefined) return chosen;
    return suggestion ? { id: suggestion.company_id, name: suggestion.name } : null;
  }

  /**
   * Chooses what becomes of a company, and ticks it.
   *
   * @param {VendorCompany} company
   * @param {Target} target
   */
  choose(company, target) {
    this.#chosen.set(company.external_id, target);
    const entry = this.#entries.get(company.external_id);
    if (entry) entry.target = target;
    else this.tick(company);
  }

  /** Whether a person has to say what it becomes: it resembles several companies. @param {VendorCompany} company */
  isOpen({ external_id: id, candidates }) {
    return candidates !== undefined && !this.#chosen.has(id);
  }

  /** How many are to be made new, and how many linked. */
  get split() {
    const linked = this.entries.filter(({ target }) => target !== null).length;
    return { created: this.size - linked, linked };
  }

  /** Those still to do, in portions. @param {number} size */
  batches(size) {
    const waiting = this.entries.filter(({ state }) => !DONE.includes(state));
    return Array.from({ length: Math.ceil(waiting.length / size) }, (_, at) =>
      waiting.slice(at * size, (at + 1) * size),
    );
  }

  /** How many have which result. */
  get tally() {
    const of = (/** @type {string[]} */ ...states) => this.entries.filter(({ state }) => states.includes(state)).length;
    return {
      created: of("created"),
      linked: of("linked"),
      before: of("already_linked"),
      refused: of("refused"),
      left: of("ticked", "sending"),
    };
  }

  /** @param {ImportResult[]} results */
  record(results) {
    for (const { external_id: id, result, detail } of results) {
      const entry = this.#entries.get(id);
      if (!entry) continue;
      entry.state = result;
      entry.detail = detail || "";
    }
  }
}

/**
 * What belongs to a company already is not imported.
 *
 * @param {VendorCompany} company
 */
export function importable({ company_id: linked }) {
  return !linked;
}

/**
 * An entry as the API takes it.
 *
 * @param {Entry} entry
 */
export function importItem({ company, target }) {
  return target ? { external_id: company.external_id, company_id: target.id } : { external_id: company.external_id };
}
