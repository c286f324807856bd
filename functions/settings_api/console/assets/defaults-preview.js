// What the next import would give the contacts of one company, a line per linked PSA, for a choice that is not saved yet.
// Pure. It follows the order in which roles are decided: the company's own, then rules, then what the PSA gives.

import { DO_NOT_IMPORT, roleName } from "./company-words.js";

/** @typedef {import("./company-types.js").Defaults} Defaults */

/** What the preview needs of a connection's options. @typedef {{enabled?: boolean, type_rules?: unknown[], primary_role?: string | null}} AutoImport */

/**
 * @param {string | null} choice a role, `do_not_import`, or null: inherited
 * @param {Defaults["inherited"]} inherited
 * @param {Map<string, AutoImport>} imports by connector
 * @param {import("./company-types.js").Role[]} roles
 * @returns {string[]}
 */
export function previewLines(choice, inherited, imports, roles) {
  return inherited
    .filter(({ connector }) => connector !== null)
    .map(({ connector, name, role }) => {
      const rules = imports.get(connector || "") || {};
      const from = `From ${name}`;
      if (!rules.enabled) return `${from}: nobody, it imports no contacts`;
      if (choice === DO_NOT_IMPORT) return `${from}: nobody`;
      if (choice) return `${from}: ${roleName(choice, roles)} for everybody`;
      const ruled = Boolean(rules.type_rules?.length || rules.primary_role);
      if (role === DO_NOT_IMPORT || !role) return ruled ? `${from}: what a rule gives, else nobody` : `${from}: nobody`;
      return `${from}: ${roleName(role, roles)}${ruled ? ", unless a rule gives another" : ""}`;
    });
}
