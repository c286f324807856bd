// An entry of activity as a row: when, who, what to what, and what it was before and after. An entry never changes.

import { changeLines } from "./activity-change.js";
import { actionWords, activityOf, kindWords, objectPage } from "./activity-words.js";
import { h } from "./dom.js";
import { href } from "./router.js";
import { setTime, timeElement } from "./time.js";
import { plural } from "./words.js";

/** @typedef {import("./company-types.js").Activity} Activity */
/** @typedef {import("./activity-change.js").Line} Line */

export const COLUMNS = ["When", "Who", "What", "To", "Change"];

/** Lines shown at once; the rest on demand. */
const SHOWN = 4;

/**
 * @param {Activity} entry
 * @param {import("./activity-change.js").Names} names
 */
export function activityRow(entry, names) {
  const { at, actor, before, after } = entry;
  const when = timeElement();
  setTime(when, at);
  const cell = (/** @type {number} */ column, /** @type {(Node | string | null)[]} */ ...content) =>
    h("td", { role: "cell", "data-column": COLUMNS[column] }, h("div", {}, content));
  return h(
    "tr",
    { role: "row" },
    h("td", { role: "cell", class: "when", "data-column": COLUMNS[0] }, when),
    cell(
      1,
      h(
        "a",
        { href: href(`/settings/activity?actor=${encodeURIComponent(actor.id)}`), title: "Only what they did" },
        actor.name,
      ),
    ),
    cell(2, actionWords(entry)),
    cell(3, ...object(entry)),
    cell(4, change(changeLines(before, after, names))),
  );
}

/** @param {Activity} entry */
function object(entry) {
  const { kind, id, name } = entry.object;
  const page = objectPage(entry);
  const label = name || id;
  const only = h("a", { href: href(activityOf(kind, id)) }, "History");
  only.append(h("span", { class: "visually-hidden" }, ` of ${label}`));
  return [
    page ? h("a", { href: href(page) }, label) : h("span", {}, label),
    h("p", { class: "secondary" }, `${kindWords(kind)} · `, only),
  ];
}

/** @param {Line[]} lines */
function change(lines) {
  if (lines.length === 0) return h("span", { class: "secondary" }, "—");
  const shown = h("ul", { class: "changes", role: "list" }, lines.slice(0, SHOWN).map(lineOf));
  if (lines.length <= SHOWN) return shown;
  const rest = lines.slice(SHOWN);
  const more = h(
    "details",
    {},
    h("summary", {}, `${plural(rest.length, "more change")}`),
    h("ul", { class: "changes", role: "list" }, rest.map(lineOf)),
  );
  return h("div", {}, shown, more);
}

/** @param {Line} line */
function lineOf({ label, before, after, added = [], removed = [] }) {
  const spoken = (/** @type {string} */ text) => h("span", { class: "visually-hidden" }, text);
  const parts = [];
  if (before !== undefined) parts.push(spoken("before "), h("del", {}, before));
  if (before !== undefined && after !== undefined)
    parts.push(h("span", { "aria-hidden": "true" }, "→"), spoken(", now "));
  if (after !== undefined) parts.push(h("ins", {}, after));
  for (const one of removed) parts.push(spoken("without "), h("del", {}, one));
  for (const one of added) parts.push(spoken("with "), h("ins", {}, one));
  return h(
    "li",
    {},
    h("span", { class: "secondary" }, `${label}: `),
    parts.flatMap((part) => [part, " "]),
  );
}
