// Which proposals of a quick match are ticked: all that are filtered but some, or only some. Either is a few ids, however
// many proposals there are. Pure.

/** @typedef {import("./match-types.js").Proposal} Proposal */
/** @typedef {import("./match-types.js").MatchFilter} MatchFilter */

export class MatchSelection {
  /** Whether everything is ticked that is filtered, but for the exceptions. */
  #all = true;
  /** The exceptions; without `#all` what is ticked. @type {Map<string, Proposal>} */
  #some = new Map();

  /** @param {string} id */
  has(id) {
    return this.#all !== this.#some.has(id);
  }

  /** @param {Proposal} proposal */
  toggle(proposal) {
    if (!this.#some.delete(proposal.id)) this.#some.set(proposal.id, proposal);
  }

  /** Ticks all that are filtered, or nothing. @param {boolean} on */
  setAll(on) {
    this.#all = on;
    this.#some.clear();
  }

  /**
   * How many are ticked.
   *
   * @param {number} filtered how many proposals the filter leaves
   * @param {MatchFilter} filter
   */
  count(filtered, filter) {
    if (!this.#all) return this.#some.size;
    const excepted = [...this.#some.values()].filter((proposal) => fits(proposal, filter));
    return Math.max(0, filtered - excepted.length);
  }

  /** As the API takes it. @param {MatchFilter} filter */
  request({ threshold, search }) {
    const some = [...this.#some.keys()];
    if (!this.#all) return { threshold, accept: some };
    return { threshold, accept: "filtered", except: some, ...(search ? { filter: { search } } : {}) };
  }
}

/** @param {Proposal} proposal @param {MatchFilter} filter */
function fits({ score, name, company_name: company }, { threshold, search }) {
  const wanted = search.toLowerCase();
  return score >= threshold && [name, company].some((text) => text.toLowerCase().includes(wanted));
}
