// Small questions in a dialog, answered by a button.

import { h, isOff, newId, setOff } from "./dom.js";

/**
 * @template {string} T
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.text
 * @param {{id: T, label: string, primary?: boolean}[]} question.choices the last is the expected one
 * @param {boolean} [question.mustChoose] Escape does not close it
 * @returns {Promise<T | null>} `null`: closed without an answer
 */
export function ask({ title, text, choices, mustChoose = false }) {
  const titleId = newId("question");
  const textId = newId("question");
  const dialog = h("dialog", { class: "small-dialog", "aria-labelledby": titleId, "aria-describedby": textId });
  const buttons = choices.map(({ id, label, primary }) =>
    h(
      "button",
      { class: primary ? "button primary" : "button", type: "button", on: { click: () => dialog.close(id) } },
      label,
    ),
  );
  dialog.append(h("h2", { id: titleId }, title), h("p", { id: textId }, text), h("div", { class: "choices" }, buttons));
  document.body.append(dialog);
  dialog.addEventListener("cancel", (event) => {
    if (mustChoose) event.preventDefault();
  });
  dialog.showModal();
  buttons[buttons.length - 1].focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const answer = /** @type {T} */ (dialog.returnValue) || null;
      dialog.remove();
      resolve(answer);
    });
  });
}

/**
 * Asks before something with consequences is done: what they are, and where they are grave a name to be typed.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {(Node | string)[]} question.body the consequences
 * @param {string} question.action what the button says, such as "Unlink"
 * @param {string | null} [question.typed] must be typed for the button to work
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, body, action, typed = null }) {
  const titleId = newId("confirm");
  const bodyId = newId("confirm");
  const fieldId = newId("confirm");
  const dialog = h("dialog", { class: "small-dialog", "aria-labelledby": titleId, "aria-describedby": bodyId });
  const field = h("input", { class: "input", id: fieldId, type: "text", autocomplete: "off", spellcheck: "false" });
  const act = h("button", { class: "button danger reason-end", type: "submit" }, action);
  const keep = h("button", { class: "button", type: "button", on: { click: () => dialog.close() } }, "Cancel");
  const check = () => {
    const missing = typed !== null && field.value.trim() !== typed;
    setOff(act, missing ? `Type ${typed} first.` : null);
  };
  field.addEventListener("input", check);
  check();
  const ask = typed && h("div", { class: "field" }, h("label", { for: fieldId }, `Type ${typed} to confirm`), field);
  const form = h("form", { method: "dialog" }, ask, h("div", { class: "choices" }, keep, act));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isOff(act)) dialog.close("yes");
  });
  dialog.append(h("h2", { id: titleId }, title), h("div", { id: bodyId, class: "consequences" }, ...body), form);
  document.body.append(dialog);
  dialog.showModal();
  (typed ? field : keep).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const yes = dialog.returnValue === "yes";
      dialog.remove();
      resolve(yes);
    });
  });
}
