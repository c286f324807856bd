// The plain controls of the options: a switch with its explanation, a select with label, help and what is wrong.

import { h, newId, setAttribute, setText, show } from "../dom.js";
import { DO_NOT_IMPORT } from "../options-words.js";

/**
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {HTMLInputElement | HTMLSelectElement} input
 * @property {(text: string) => void} help
 * @property {(text: string) => void} wrong empty: nothing is wrong
 */

/** @param {{detail: string}[]} problems */
export function problemText(problems) {
  return problems.map(({ detail }) => detail).join(" ");
}

/**
 * A switch at the end of its line.
 *
 * @param {string} label
 * @param {string} help
 * @param {(on: boolean) => void} changed
 * @returns {Control & {input: HTMLInputElement}}
 */
export function switchLine(label, help, changed) {
  const input = h("input", { type: "checkbox", role: "switch", id: newId("switch"), class: "switch" });
  const parts = described(input, help);
  input.addEventListener("change", () => changed(input.checked));
  const words = h("div", {}, h("label", { for: input.id }, label), parts.helpLine, parts.wrongLine);
  return { element: h("div", { class: "switch-line" }, words, input), input, help: parts.help, wrong: parts.wrong };
}

/**
 * One of a few.
 *
 * @param {string} label
 * @param {string} help
 * @param {(value: string) => void} changed
 * @returns {Control & {input: HTMLSelectElement}}
 */
export function selectField(label, help, changed) {
  const input = h("select", { class: "input", id: newId("select") });
  const parts = described(input, help);
  input.addEventListener("change", () => changed(input.value));
  return { element: field(label, input, parts), input, help: parts.help, wrong: parts.wrong };
}

/**
 * A whole number.
 *
 * @param {string} label
 * @param {string} help
 * @param {(value: string) => void} changed
 * @returns {Control & {input: HTMLInputElement}}
 */
export function numberField(label, help, changed) {
  const input = h("input", {
    class: "input",
    id: newId("number"),
    type: "text",
    inputmode: "numeric",
    autocomplete: "off",
  });
  setAttribute(input, "maxlength", 5);
  const parts = described(input, help);
  input.addEventListener("input", () => changed(input.value.trim()));
  return { element: field(label, input, parts), input, help: parts.help, wrong: parts.wrong };
}

/**
 * @param {string} label
 * @param {HTMLElement} input
 * @param {ReturnType<typeof described>} parts
 */
function field(label, input, { wrongLine, helpLine }) {
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input, wrongLine, helpLine);
}

/**
 * Help and complaint, tied to a control.
 *
 * @param {HTMLElement} control
 * @param {string} text
 */
export function described(control, text) {
  const helpLine = h("p", { class: "help", id: newId("help") });
  const wrongLine = h("p", { class: "wrong", id: newId("wrong"), hidden: true });
  const help = (/** @type {string} */ words) => {
    setText(helpLine, words);
    show(helpLine, words);
  };
  const wrong = (/** @type {string} */ words) => {
    setText(wrongLine, words);
    show(wrongLine, words);
    setAttribute(control, "aria-invalid", words ? "true" : null);
  };
  setAttribute(control, "aria-describedby", `${wrongLine.id} ${helpLine.id}`);
  help(text);
  return { helpLine, wrongLine, help, wrong };
}

/**
 * Fills a select without losing what is chosen: a value that is not offered (any more) is offered as such.
 *
 * @param {HTMLSelectElement} select
 * @param {{value: string, label: string}[]} choices
 * @param {string} value
 * @param {string} [strange] how a value is called that is not offered
 */
export function fillSelect(select, choices, value, strange = `${value} (not there any more)`) {
  const offered = choices.some((choice) => choice.value === value);
  const all = offered ? choices : [...choices, { value, label: strange }];
  const now = [...select.options].map((option) => `${option.value}\n${option.text}`).join("\n\n");
  if (now !== all.map((choice) => `${choice.value}\n${choice.label}`).join("\n\n")) {
    select.replaceChildren(...all.map((choice) => h("option", { value: choice.value }, choice.label)));
  }
  if (select.value !== value) select.value = value;
}

/**
 * The roles to choose from.
 *
 * @param {import("../types.js").Role[]} roles
 * @param {string | null} nothing what having none is called; `null`: there must be one
 */
export function roleChoices(roles, nothing) {
  return [
    ...(nothing === null ? [] : [{ value: "", label: nothing }]),
    ...roles.map(({ id, name }) => ({ value: id, label: name })),
    { value: DO_NOT_IMPORT, label: "Do not import" },
  ];
}
