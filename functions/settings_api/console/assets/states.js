// What a list shows while it has nothing to show: loading, empty, failed. Every list uses these, so that each says what
// it is for, what to do, and how to try again.

import { ApiError } from "./api.js";
import { h } from "./dom.js";

/**
 * Grey lines where rows will be.
 *
 * @param {string} what what is loading, for a screen reader
 * @param {number} [rows]
 */
export function loading(what, rows = 6) {
  const lines = Array.from({ length: rows }, () => h("div", { class: "skeleton row-skeleton" }));
  return h(
    "div",
    { class: "loading", role: "status" },
    h("span", { class: "visually-hidden" }, `Loading ${what}`),
    lines,
  );
}

/**
 * Nothing there: what the list is for, and the one thing to do.
 *
 * @param {string} title
 * @param {string} text
 * @param {HTMLElement | null} [action]
 */
export function empty(title, text, action = null) {
  return h("div", { class: "blank" }, h("h2", {}, title), h("p", {}, text), action);
}

/**
 * It could not be read: what failed, and a way to try again.
 *
 * @param {string} what such as "The companies could not be read"
 * @param {unknown} error
 * @param {() => void} again
 */
export function failed(what, error, again) {
  const why = error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
  const button = h("button", { class: "button primary", type: "button", on: { click: again } }, "Try again");
  return h("div", { class: "blank failed", role: "alert" }, h("h2", {}, what), h("p", {}, why), button);
}
