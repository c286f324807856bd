// A small question in a dialog, answered by one of its buttons.

import { h, newId } from "./dom.js";

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
