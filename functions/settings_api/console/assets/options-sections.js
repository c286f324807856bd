// The sections of the options: which there are, which a connector has, and which settings stand in each.

import { partsOf } from "./options-draft.js";
import { OptionsCompanies } from "./elements/options-companies.js";
import { OptionsPeople } from "./elements/options-people.js";
import { OptionsSchedule } from "./elements/options-schedule.js";
import { OptionsScope } from "./elements/options-scope.js";
import { OptionsTickets } from "./elements/options-tickets.js";
import { OptionsTypes } from "./elements/options-types.js";

/** @typedef {import("./elements/options-section.js").OptionsContext} OptionsContext */
/** @typedef {import("./elements/options-section.js").OptionsSection} OptionsSection */
/** @typedef {import("./types.js").Connector} Connector */

/**
 * @typedef {object} Section
 * @property {string} id
 * @property {string} title
 * @property {string} lead
 * @property {string[]} groups first parts of the settings' keys
 * @property {(connector: Connector) => boolean} applies
 * @property {new (context: OptionsContext, about: {id: string, title: string, lead: string}) => OptionsSection} element
 */

/** @param {Connector} connector @param {string} type */
const has = (connector, type) => connector.record_types.some(({ id }) => id === type);

/** @param {Connector} connector */
const writesTickets = (connector) =>
  connector.record_types.some(({ id, direction }) => id === "tickets" && direction === "both") &&
  connector.choices.some(({ key }) => key === "statuses");

/** @type {Section[]} */
export const SECTIONS = [
  {
    id: "schedule",
    title: "Schedule",
    lead: "How often changes are looked for, and whether what exists already comes, too.",
    groups: ["interval_minutes", "initial_import"],
    applies: () => true,
    element: OptionsSchedule,
  },
  {
    id: "types",
    title: "What to sync",
    lead: "What is off is neither read nor written. What came before stays as it is.",
    groups: ["record_types"],
    applies: () => true,
    element: OptionsTypes,
  },
  {
    id: "companies",
    title: "Companies",
    lead: "Whether companies become portal companies by themselves.",
    groups: ["company_import"],
    applies: (connector) => has(connector, "companies"),
    element: OptionsCompanies,
  },
  {
    id: "scope",
    title: "Scope",
    lead: "Which records come to the portal at all. What falls out of the scope later leaves the portal.",
    groups: ["filters"],
    applies: (connector) => connector.options.length > 0,
    element: OptionsScope,
  },
  {
    id: "people",
    title: "Who gets in",
    lead: "Which contacts become users of the portal, and with which role.",
    groups: ["auto_import"],
    applies: (connector) => has(connector, "contacts"),
    element: OptionsPeople,
  },
  {
    id: "tickets",
    title: "Tickets",
    lead: "How the status of a ticket reads in the portal, what is written back, and what new tickets begin with.",
    groups: ["stages", "out", "ticket_defaults"],
    applies: writesTickets,
    element: OptionsTickets,
  },
];

/** Those that a connector has. @param {Connector} connector */
export function sectionsOf(connector) {
  return SECTIONS.filter(({ applies }) => applies(connector));
}

/** The section that a setting stands in. @param {string} key */
export function sectionOf(key) {
  const [group] = partsOf(key);
  return SECTIONS.find(({ groups }) => groups.includes(group))?.id || "";
}
