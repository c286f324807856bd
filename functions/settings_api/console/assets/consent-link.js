// The link by which a customer's administrator consents: made when it is asked for, copied, and shown nowhere.

import { post } from "./api.js";
import { companyPath } from "./company-actions.js";
import { h, isOff, setOff } from "./dom.js";
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
    const path = `${companyPath(company)}/links/${connector}/${encodeURIComponent(link.external_id)}/consent`;
    try {
      const { data } = await post(path);
      await navigator.clipboard.writeText(data.url);
      toast(`Copied. Send it to an administrator of ${link.name}: it works once, until ${exact(data.expires_at)}.`);
    } catch (error) {
      toast(`No consent link for ${link.name}: ${error instanceof Error ? error.message : "try again"}`);
    }
  });
  return button;
}
