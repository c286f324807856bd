// The link by which a customer's administrator consents: made when it is asked for, copied, and kept nowhere. It is shown
// only where the browser refuses to copy, since a link that was made for nothing is good for a week.

import { ApiError, post } from "./api.js";
import { companyPath } from "./company-actions.js";
import { copyButton } from "./copying.js";
import { h, isOff, newId, setAttribute, setOff } from "./dom.js";
import { toast } from "./elements/toast-region.js";
import { mayNot } from "./session.js";
import { exact } from "./time.js";

/**
 * @param {string} company
 * @param {string} connector
 * @param {import("./company-types.js").Link} link
 */
export function consentButton(company, connector, link) {
  const button = h("button", { class: "button reason-end", type: "button" }, "Copy consent link");
  button.append(h("span", { class: "visually-hidden" }, ` for ${link.name}`));
  setOff(button, mayNot("write"));
  button.addEventListener("click", async () => {
    if (isOff(button)) return;
    setAttribute(button, "aria-busy", "true");
    const path = `${companyPath(company)}/links/${connector}/${encodeURIComponent(link.external_id)}/consent`;
    try {
      const { data } = await post(path);
      await hand(
        data.url,
        `Send it to an administrator of ${link.name}: it works once, until ${exact(data.expires_at)}.`,
      );
    } catch (error) {
      const why = error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
      toast(`No consent link for ${link.name}: ${why}`, { error: true });
    } finally {
      setAttribute(button, "aria-busy", null);
    }
  });
  return button;
}

/** @param {string} url @param {string} words what to do with it */
async function hand(url, words) {
  const copied = await navigator.clipboard.writeText(url).then(
    () => true,
    () => false,
  );
  if (copied) toast(`Copied. ${words}`);
  else showLink(url, words);
}

/** @param {string} url @param {string} words */
function showLink(url, words) {
  const [titleId, textId] = [newId("consent"), newId("consent")];
  const dialog = h("dialog", { class: "small-dialog", "aria-labelledby": titleId, "aria-describedby": textId });
  const close = h("button", { class: "button primary", type: "button", on: { click: () => dialog.close() } }, "Done");
  dialog.append(
    h("h2", { id: titleId }, "Consent link"),
    h("p", { id: textId }, words),
    h(
      "div",
      { class: "to-copy" },
      h("code", {}, url),
      copyButton("Copy", () => url, { what: "consent link" }),
    ),
    h("div", { class: "choices" }, close),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
