// Addresses and pages, on the History API. Every page has its own address; the query belongs to the page, which is told
// when only that changes, so that Back closes a dialog before it leaves the page.

/**
 * @typedef {object} Route
 * @property {string} path `{name}` stands for one segment
 * @property {string} element the page's custom element
 * @property {string} title
 */

/** @typedef {HTMLElement & {routeChanged?: () => void}} Page */

/** @type {{base: string, routes: Route[], outlet: HTMLElement, page: Page | null, path: string}} */
const state = { base: "", routes: [], outlet: document.createElement("div"), page: null, path: "" };

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
  addEventListener("popstate", render);
  document.addEventListener("click", followLink);
  if (currentPath() === "/" || currentPath() === "/settings") {
    history.replaceState(null, "", href("/settings/integrations"));
  }
  render();
}

/** @param {string} path */
export function href(path) {
  return state.base + path;
}

/** @param {string} path */
export function navigate(path) {
  history.pushState(null, "", href(path));
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
  const path = location.pathname.startsWith(state.base)
    ? location.pathname.slice(state.base.length)
    : location.pathname;
  return path.length > 1 ? path.replace(/\/$/, "") : path || "/";
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
export function setQuery(changes, { push = false } = {}) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const address = location.pathname + (query.size > 0 ? `?${query}` : "");
  if (push) history.pushState({ opened: true }, "", address);
  else history.replaceState(history.state, "", address);
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
function followLink(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(href("/settings"))) return;
  event.preventDefault();
  if (link.href !== location.href) history.pushState(null, "", link.href);
  render();
}

/** @param {string} path */
function find(path) {
  const segments = path.split("/");
  for (const route of state.routes) {
    const parts = route.path.split("/");
    const fits =
      parts.length === segments.length && parts.every((part, at) => part.startsWith("{") || part === segments[at]);
    if (fits) return route;
  }
  return null;
}

function render() {
  const path = currentPath();
  if (state.page && path === state.path) {
    state.page.routeChanged?.();
    return;
  }
  const first = state.page === null;
  const route = find(path);
  document.title = `${route ? route.title : "Not found"} · Settings`;
  state.path = path;
  state.page = document.createElement(route ? route.element : "missing-page");
  state.outlet.replaceChildren(state.page);
  document.dispatchEvent(new CustomEvent("page-changed"));
  if (!first) /** @type {HTMLElement | null} */ (state.page.querySelector("h1"))?.focus();
}
