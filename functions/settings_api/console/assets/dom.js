// Building and patching the page. Text only ever enters through text nodes and attributes, never as markup, so nothing
// that a vendor or a colleague typed can become part of the page's code. Patching writes only what differs: focus,
// selection and what a screen reader is saying survive an update.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props] `class`, `on: {click}`, and attributes; `false` and `null` leave one out.
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else {
      setAttribute(element, name, value);
    }
  }
  element.append(...nodes(children));
  return element;
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  const kept = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
  return kept.map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function setAttribute(element, name, value) {
  if (value === false || value === null || value === undefined) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * @param {Node} node
 * @param {string | number | null | undefined} value
 */
export function setText(node, value) {
  const text = value === null || value === undefined ? "" : String(value);
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {HTMLElement} element
 * @param {unknown} shown
 */
export function show(element, shown) {
  if (element.hidden === Boolean(shown)) element.hidden = !shown;
}

/**
 * Switches a control off and says why, or on again. It stays reachable by keyboard, so that the reason can be read;
 * the listener asks `isOff` first.
 *
 * @param {HTMLElement} control
 * @param {string | null} reason
 */
export function setOff(control, reason) {
  setAttribute(control, "aria-disabled", reason ? "true" : null);
  setAttribute(control, "data-reason", reason);
  setAttribute(control, "aria-description", reason);
}

/** @param {HTMLElement} control */
export function isOff(control) {
  return control.getAttribute("aria-disabled") === "true";
}

/**
 * Brings a parent's children in line with a list: kept by key, made where new, dropped where gone, moved only where
 * the order really differs.
 *
 * @template T
 * @template {HTMLElement} E
 * @param {HTMLElement} parent
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => E} create
 * @param {(element: E, item: T) => void} update
 */
export function reconcile(parent, items, key, create, update) {
  const present = new Map([...parent.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  const wanted = items.map((item) => {
    const id = key(item);
    let element = /** @type {E | undefined} */ (present.get(id));
    if (!element) {
      element = create(item);
      element.dataset.key = id;
    }
    present.delete(id);
    return { element, item };
  });
  for (const gone of present.values()) gone.remove();
  let place = parent.firstElementChild;
  for (const { element, item } of wanted) {
    if (element === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(element, place);
    }
    update(element, item);
  }
}

/**
 * A new id for tying labels and descriptions to controls.
 *
 * @param {string} stem
 */
export function newId(stem) {
  newId.last += 1;
  return `${stem}-${newId.last}`;
}
newId.last = 0;
