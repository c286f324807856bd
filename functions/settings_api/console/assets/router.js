// Addresses and pages, on the History API. Every page has its own address; the query and the segment `{tab}` belong to
// the page, which is told when only those change, so that Back closes a dialog before it leaves the page and what stands
// above the tabs stays where it is.

import { lostBetween } from "./unsaved.js";

/**
 * @typedef {object} Route
 * @property {string} path `{name}` stands for one segment; addresses that differ in `{tab}` only are one page
 * @property {string} element the page's custom element
 * @property {string} title until the page knows a better one
 * @property {string} [opens] the tab that the address without one leads to
 */

/** @typedef {HTMLElement & {routeChanged?: () => void}} Page */

/**
 * `at`: how many addresses lie behind in this window's history; `address`: the one that is shown; `returning`: the next
 * step in the history was ours; `asking`: whether what is shown may be left; `allowed`: it may, by the next step.
 *
 * @type {{base: string, routes: Route[], outlet: HTMLElement, page: Page | null, shown: string, values: Map<string, string>,
 *   at: number, address: URL, returning: boolean, asking: boolean, allowed: boolean}}
 */
const state = {
  base: "",
  routes: [],
  outlet: document.createElement("div"),
  page: null,
  shown: "",
  values: new Map(),
  at: 0,
  address: new URL(location.href),
  returning: false,
  asking: false,
  allowed: false,
};

/**
 * @param {string} base the folder that the pages are served from, without a slash at the end
 * @param {Route[]} routes
 */
export function configureRouter(base, routes) {
  state.base = base;
  state.routes = routes;
}

/**
 * Shows the page of the present address and follows it from then on.
 *
 * @param {HTMLElement} outlet
 */
export function startRouter(outlet) {
  state.outlet = outlet;
  state.at = history.state?.at ?? 0;
  history.replaceState({ ...history.state, at: state.at }, "");
  addEventListener("popstate", step);
  document.addEventListener("click", followLink);
  if (currentPath() === "/" || currentPath() === "/settings") {
    history.replaceState(history.state, "", href("/settings/integrations"));
  }
  render();
}

/** Whether the present address may be left for another one; asks where something would be lost. @param {URL} to */
async function mayGo(to) {
  for (const { mayLeave } of lostBetween(state.address, to)) if (!(await mayLeave())) return false;
  return true;
}

/** @param {string} address @param {{opened?: boolean}} [about] */
function push(address, about = {}) {
  state.at += 1;
  history.pushState({ ...about, at: state.at }, "", address);
}

/** Back and forward: the address has changed already, so a page that is not to be left yet is returned to first. */
async function step() {
  // An address that somebody typed, or the mark of a place on the page, is a step forward.
  if (history.state?.at === undefined) history.replaceState({ ...history.state, at: state.at + 1 }, "");
  const by = history.state.at - state.at;
  const to = new URL(location.href);
  const allowed = state.allowed;
  state.allowed = false;
  if (state.returning) {
    state.returning = false;
  } else if (by !== 0 && !allowed && lostBetween(state.address, to).length > 0) {
    state.returning = true;
    history.go(-by);
    if (state.asking) return;
    state.asking = true;
    state.allowed = await mayGo(to);
    state.asking = false;
    if (state.allowed) history.go(by);
  } else {
    state.at += by;
    render();
  }
}

/** @param {string} path */
export function href(path) {
  return state.base + path;
}

/** @param {string} path */
export async function navigate(path) {
  if (!(await mayGo(new URL(href(path), location.origin)))) return;
  push(href(path));
  render();
}

/**
 * Whether a page exists, so that nothing links to one that does not.
 *
 * @param {string} path
 */
export function hasPage(path) {
  return find(path) !== null;
}

/** The present path inside the pages. */
export function currentPath() {
  const { pathname } = location;
  const path = pathname.startsWith(state.base) ? pathname.slice(state.base.length) : pathname;
  return path.length > 1 ? path.replace(/\/$/, "") : path || "/";
}

/**
 * The part of the present path that stands where the route says `{name}`.
 *
 * @param {string} name
 */
export function routeValue(name) {
  return state.values.get(name) || "";
}

/**
 * What the window is called: the most particular first, such as `setTitle("Sync log", "Halo PSA")`.
 *
 * @param {...string} parts
 */
export function setTitle(...parts) {
  document.title = [...parts, "Settings"].join(" · ");
}

/** @param {string} name */
export function queryValue(name) {
  return new URLSearchParams(location.search).get(name);
}

/**
 * Changes some values of the query; `null` takes one out.
 *
 * @param {Record<string, string | null>} changes
 * @param {{push?: boolean}} [how] `push`: Back undoes it
 */
export function setQuery(changes, { push: asStep = false } = {}) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const address = location.pathname + (query.size > 0 ? `?${query}` : "");
  if (asStep) push(address, { opened: true });
  else history.replaceState(history.state, "", address);
  state.address = new URL(location.href);
  state.page?.routeChanged?.();
}

/**
 * Closes what `setQuery(..., {push: true})` opened: by going back if it was opened here, else by changing the address.
 *
 * @param {Record<string, null>} changes
 */
export function closeQuery(changes) {
  if (history.state?.opened) history.back();
  else setQuery(changes);
}

/** @param {MouseEvent} event */
async function followLink(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(href("/settings"))) return;
  event.preventDefault();
  if (!(await mayGo(new URL(link.href)))) return;
  if (link.href !== location.href) push(link.href);
  render();
}

/** @param {string} path */
function find(path) {
  const segments = path.split("/");
  for (const route of state.routes) {
    const values = match(route.path.split("/"), segments);
    if (values) return { route, values };
  }
  return null;
}

/**
 * @param {string[]} parts of a route
 * @param {string[]} segments of an address
 * @returns {Map<string, string> | null} `null`: they do not fit
 */
function match(parts, segments) {
  if (parts.length !== segments.length) return null;
  /** @type {Map<string, string>} */
  const values = new Map();
  for (const [at, part] of parts.entries()) {
    if (part.startsWith("{") && segments[at]) values.set(part.slice(1, -1), decoded(segments[at]));
    else if (part !== segments[at]) return null;
  }
  return values;
}

/** @param {string} segment */
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** An address that names no tab leads to the first. */
function openFirstTab() {
  const path = currentPath();
  if (find(path)) return;
  const route = state.routes.find(({ path: long, opens }) => {
    const parts = long.split("/");
    return opens && parts.at(-1) === "{tab}" && match(parts.slice(0, -1), path.split("/"));
  });
  if (route) history.replaceState(history.state, "", `${href(`${path}/${route.opens}`)}${location.search}`);
}

function render() {
  openFirstTab();
  state.address = new URL(location.href);
  const found = find(currentPath());
  state.values = found ? found.values : new Map();
  const others = [...state.values].filter(([name]) => name !== "tab").map(([, value]) => value);
  const shown = found ? [found.route.path, ...others].join("\n") : currentPath();
  if (state.page && shown === state.shown) {
    state.page.routeChanged?.();
    return;
  }
  const first = state.page === null;
  setTitle(found ? found.route.title : "Not found");
  state.shown = shown;
  state.page = document.createElement(found ? found.route.element : "missing-page");
  state.outlet.replaceChildren(state.page);
  document.dispatchEvent(new CustomEvent("page-changed"));
  if (!first) /** @type {HTMLElement | null} */ (state.page.querySelector("h1"))?.focus();
}
