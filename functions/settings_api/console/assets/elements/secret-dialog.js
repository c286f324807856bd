// Shows a new webhook secret, once: it is kept nowhere that it could be read from again.

import { copyButton } from "../copying.js";
import { h, newId } from "../dom.js";
import { moment } from "../time.js";

/**
 * @param {{url: string, secret: string, user?: string, previous_until: string, vendor: string}} made
 * @returns {Promise<void>} resolves when it is closed
 */
export function showSecret({ url, secret, user, previous_until: until, vendor }) {
  const titleId = newId("secret");
  const textId = newId("secret");
  const dialog = h("dialog", { class: "small-dialog secret", "aria-labelledby": titleId, "aria-describedby": textId });
  const line = (/** @type {string} */ label, /** @type {string} */ text) =>
    h(
      "div",
      {},
      h("dt", {}, label),
      h(
        "dd",
        { class: "to-copy" },
        h("code", {}, text),
        copyButton("Copy", () => text, { what: label.toLowerCase() }),
      ),
    );
  const done = h("button", { class: "button primary", type: "button" }, "I have entered them");
  done.addEventListener("click", () => dialog.close());
  // Escape is too easily pressed for something that never comes back.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.append(
    h("h2", { id: titleId }, `Enter these in ${vendor} now`),
    h(
      "p",
      { id: textId },
      `The secret is shown this once. The old address and secret stay good until ${moment(until)}.`,
    ),
    h("dl", { class: "sum-up" }, line("Address", url), user ? line("User name", user) : null, line("Secret", secret)),
    h("div", { class: "choices" }, done),
  );
  document.body.append(dialog);
  dialog.showModal();
  done.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}
