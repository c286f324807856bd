// Tabs that are pages: each has its own address, so they are links.

import { h, setAttribute } from "../dom.js";
import { currentPath, hasPage, href } from "../router.js";

/** @typedef {{path: string, label: string}} Tab */

/** @type {Tab[]} */
export const INTEGRATION_TABS = [
  { path: "/settings/integrations", label: "Connections" },
  { path: "/settings/integrations/companies", label: "Companies" },
  { path: "/settings/integrations/duplicates", label: "Duplicates" },
];

/**
 * @param {string} label what the tabs are of
 * @param {Tab[]} tabs those without a page are left out
 */
export function pageTabs(label, tabs) {
  const links = tabs
    .filter(({ path }) => hasPage(path))
    .map(({ path, label: text }) =>
      h("a", { href: href(path), "aria-current": path === currentPath() ? "page" : null }, text),
    );
  return h("nav", { class: "tabs", "aria-label": label }, links);
}

/**
 * Says of a tab whether it is the one shown. On a phone the row is wider than the page: it is brought into sight once.
 *
 * @param {HTMLElement} link
 * @param {boolean} shown
 */
export function markTab(link, shown) {
  if (link.hasAttribute("aria-current") === shown) return;
  setAttribute(link, "aria-current", shown ? "page" : null);
  if (!shown) return;
  requestAnimationFrame(() => {
    const row = link.parentElement;
    if (row) row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
  });
}
