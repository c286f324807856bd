// What somebody changes of a connection's options before saving. The options are kept flat, one entry per thing that a
// person sets, so that changes can be counted, undone, put on top of what somebody else saved, and blamed one by one.
//
// Keys: `interval_minutes`, `initial_import`, `company_import`, `record_types/ID`, `auto_import/FIELD`, `filters/FIELD`,
// `stages/STATUS` (its stage), `out/STAGE/BOARD` (the status written back), `ticket_defaults/FIELD`. What is absent is not
// set.

import { STAGES } from "./ticket-stages.js";

/** @typedef {import("./types.js").Options} Options */
/** @typedef {Map<string, any>} Settings */

const PLAIN = ["interval_minutes", "initial_import", "company_import"];
const RULES = ["enabled", "default_role", "type_rules", "primary_role", "exclude_emails"];

/**
 * One part of a key, for ids that may contain the separator.
 *
 * @param {string} part
 */
export function keyPart(part) {
  return encodeURIComponent(part);
}

/** @param {string} key */
export function partsOf(key) {
  return key.split("/").map(decodeURIComponent);
}

/**
 * @param {Options} options
 * @param {string[]} types every record type of the connector
 * @returns {Settings}
 */
export function flat(options, types) {
  /** @type {Settings} */
  const settings = new Map();
  for (const key of PLAIN) settings.set(key, options[/** @type {keyof Options} */ (key)]);
  for (const type of types) settings.set(`record_types/${keyPart(type)}`, options.record_types.includes(type));
  const rules = /** @type {Record<string, any>} */ (options.auto_import);
  for (const key of RULES)
    if (rules[key] !== undefined && rules[key] !== null) settings.set(`auto_import/${key}`, rules[key]);
  for (const [field, values] of Object.entries(options.filters)) {
    if (values.length > 0) settings.set(`filters/${keyPart(field)}`, values);
  }
  for (const [stage, map] of Object.entries(options.stages)) {
    for (const status of map.in) settings.set(`stages/${keyPart(status)}`, stage);
    for (const [board, status] of Object.entries(map.out)) settings.set(outKey(stage, board), status);
  }
  for (const [field, value] of Object.entries(options.ticket_defaults)) {
    settings.set(`ticket_defaults/${keyPart(field)}`, value);
  }
  return settings;
}

/**
 * The key of the status that a stage is written as.
 *
 * @param {string} stage
 * @param {string} board
 */
export function outKey(stage, board) {
  return `out/${keyPart(stage)}/${keyPart(board)}`;
}

/**
 * @param {Settings} settings
 * @returns {Options}
 */
export function whole(settings) {
  const options = /** @type {Options} */ ({
    record_types: /** @type {string[]} */ ([]),
    auto_import: {},
    filters: {},
    stages: {},
    ticket_defaults: {},
  });
  const any = /** @type {Record<string, any>} */ (options);
  for (const [key, value] of settings) {
    const [group, ...parts] = partsOf(key);
    if (parts.length === 0) any[group] = value;
    else if (group === "record_types") {
      if (value) options.record_types.push(parts[0]);
    } else if (group === "stages") stageOf(options, value).in.push(parts[0]);
    else if (group === "out") stageOf(options, parts[0]).out[parts[1]] = value;
    else any[group][parts[0]] = value;
  }
  return options;
}

/** @param {Options} options @param {string} stage */
function stageOf(options, stage) {
  options.stages[stage] ??= { in: [], out: {} };
  return options.stages[stage];
}

/** Chosen values have no order; rules have one. @param {string} key @param {any} value */
function comparable(key, value) {
  return JSON.stringify(key.startsWith("filters/") && value ? [...value].sort() : value);
}

export class OptionsDraft extends EventTarget {
  #types;
  /** @type {Settings} */
  #saved;
  /** @type {Settings} */
  #now;
  /** What was said to be wrong, by key; `at` is the place in a list. @type {Map<string, {at: string[], detail: string}[]>} */
  #wrong = new Map();

  /**
   * @param {Options} options as they are saved
   * @param {string[]} types every record type of the connector
   */
  constructor(options, types) {
    super();
    this.#types = types;
    this.#saved = flat(options, types);
    this.#now = new Map(this.#saved);
  }

  /** @param {string} key */
  get(key) {
    return this.#now.get(key);
  }

  /** As it is saved. @param {string} key */
  saved(key) {
    return this.#saved.get(key);
  }

  /** The keys of a group that are set, without the group's name. @param {string} group */
  entries(group) {
    const prefix = `${group}/`;
    const found = [...this.#now].filter(([key]) => key.startsWith(prefix));
    return found.map(([key, value]) => /** @type {[string[], any]} */ ([partsOf(key).slice(1), value]));
  }

  /** @param {string} key @param {any} value `undefined`, an empty text or an empty choice: not set */
  set(key, value) {
    this.change(new Map([[key, value]]));
  }

  /** Several changes that belong together. @param {Settings} changes */
  change(changes) {
    for (const [key, value] of changes) {
      const nothing = value === undefined || value === "" || (key.startsWith("filters/") && value.length === 0);
      if (nothing) this.#now.delete(key);
      else this.#now.set(key, value);
      this.#wrong.delete(key);
    }
    this.#tell();
  }

  /** The keys of what differs from what is saved. */
  get changed() {
    const keys = new Set([...this.#saved.keys(), ...this.#now.keys()]);
    return [...keys].filter((key) => comparable(key, this.#saved.get(key)) !== comparable(key, this.#now.get(key)));
  }

  /** The options as they would be saved. */
  get options() {
    return whole(this.#now);
  }

  /** Those that are saved, with a few changes. @param {Settings} changes */
  savedWith(changes) {
    return whole(new Map([...this.#saved, ...changes]));
  }

  /** Back to what is saved; what is answered undoes it. */
  discard() {
    const before = this.#now;
    this.#now = new Map(this.#saved);
    this.#wrong.clear();
    this.#tell();
    return () => {
      this.#now = before;
      this.#tell();
    };
  }

  /**
   * Somebody saved in the meantime: what was changed here stays, on top of that.
   *
   * @param {Options} options
   * @returns {string[]} what both changed, and differently
   */
  rebase(options) {
    const mine = this.changed;
    const theirs = flat(options, this.#types);
    const both = mine.filter((key) => {
      const [before, now] = [this.#saved.get(key), theirs.get(key)];
      return (
        comparable(key, before) !== comparable(key, now) && comparable(key, now) !== comparable(key, this.#now.get(key))
      );
    });
    const next = new Map(theirs);
    for (const key of mine) {
      if (this.#now.has(key)) next.set(key, this.#now.get(key));
      else next.delete(key);
    }
    this.#saved = theirs;
    this.#now = withoutStrays(next);
    this.#tell();
    return both;
  }

  /**
   * Keeps what was refused, to be shown where it stands.
   *
   * @param {{pointer: string, detail: string}[]} errors
   * @param {Options} sent
   */
  refuse(errors, sent) {
    this.#wrong.clear();
    for (const { pointer, detail } of errors) {
      const { key, at } = blamed(pointer, sent);
      this.#wrong.set(key, [...(this.#wrong.get(key) || []), { at, detail }]);
    }
    this.#tell();
  }

  /** What is wrong with a setting. @param {string} key */
  wrong(key) {
    return this.#wrong.get(key) || [];
  }

  /** The keys of what is wrong. */
  get refused() {
    return [...this.#wrong.keys()];
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/** A status written back for a stage that does not show it any more would be refused. @param {Settings} settings */
function withoutStrays(settings) {
  for (const [key, status] of settings) {
    const [group, stage] = partsOf(key);
    if (group === "out" && settings.get(`stages/${keyPart(status)}`) !== stage) settings.delete(key);
  }
  return settings;
}

/**
 * The setting that a JSON pointer into the options speaks of, and the place inside it.
 *
 * @param {string} pointer
 * @param {Options} sent
 * @returns {{key: string, at: string[]}}
 */
export function blamed(pointer, sent) {
  const [group, name = "", ...rest] = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const stage = STAGES.find(({ id }) => group === "stages" && id === name);
  if (stage && rest[0] === "in" && rest[1]) {
    return { key: `stages/${keyPart(sent.stages[stage.id].in[Number(rest[1])])}`, at: [] };
  }
  if (stage && rest[0] === "out" && rest[1]) return { key: outKey(stage.id, rest[1]), at: [] };
  if (group === "record_types" && name)
    return { key: `record_types/${keyPart(sent.record_types[Number(name)])}`, at: [] };
  return { key: name ? `${group}/${keyPart(name)}` : group, at: rest };
}
