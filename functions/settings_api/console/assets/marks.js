// Monograms in the vendors' colours: no logos are shipped. White letters keep 4.5:1 on every one of them.

import { h, setText } from "./dom.js";

/** @type {Record<string, [letters: string, colour: string]>} */
const KNOWN = {
  "halo-psa": ["H", "#2b4acb"],
  "connectwise-manage": ["CW", "#0b2a6b"],
  autotask: ["AT", "#b3261e"],
  syncro: ["S", "#0b7a5c"],
  "datto-rmm": ["D", "#0a6ebd"],
  "connectwise-asio": ["CA", "#5b2be0"],
  "microsoft-365": ["M", "#c2410c"],
  stripe: ["S", "#5a52e0"],
  "bigger-brains": ["BB", "#9d5c00"],
};

const UNKNOWN = "#52525b";

/**
 * @param {string} connector
 * @param {string} name
 */
export function mark(connector, name) {
  const [letters, colour] = KNOWN[connector] || [name.charAt(0).toUpperCase(), UNKNOWN];
  const element = h("span", { class: "mark", "aria-hidden": "true" });
  setText(element, letters);
  element.style.setProperty("--mark", colour);
  return element;
}
