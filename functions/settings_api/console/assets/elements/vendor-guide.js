// What to do on the vendor's side, in the vendor's menu words, with what to copy there and the permissions to ask for.

import { copyButton } from "../copying.js";
import { h } from "../dom.js";
import { plural } from "../words.js";

export class VendorGuide extends HTMLElement {
  #connector;

  /** @param {import("../types.js").Connector} connector */
  constructor(connector) {
    super();
    this.#connector = connector;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { short_name: vendor, setup, setup_minutes: minutes, permissions, record_types: types } = this.#connector;
    const limits = types.filter(({ limitation }) => limitation);
    const takes = h("span", { class: "secondary" }, `about ${plural(minutes, "minute")}`);
    this.append(h("div", { class: "guide-head" }, h("h3", {}, `In ${vendor}`), takes), h("ol", {}, setup.map(step)));
    if (permissions.length > 0) {
      this.append(
        h(
          "div",
          { class: "guide-head" },
          h("h3", {}, "Permissions to ask for"),
          copyButton("Copy permission list", () => permissionText(permissions)),
        ),
        h("ul", { class: "permissions", role: "list" }, permissions.map(permission)),
      );
    }
    if (limits.length > 0) {
      const lines = limits.map(({ label, limitation }) =>
        h("li", {}, h("strong", {}, label), h("span", {}, limitation)),
      );
      this.append(h("h3", {}, "Good to know"), h("ul", { class: "permissions", role: "list" }, lines));
    }
  }
}

/** @param {{title: string, text: string, copy?: string}} step */
function step({ title, text, copy }) {
  const part = copy
    ? h(
        "div",
        { class: "to-copy" },
        h("code", {}, copy),
        copyButton("Copy", () => copy),
      )
    : null;
  return h("li", {}, h("strong", {}, title), h("p", {}, text), part);
}

/** @param {import("../types.js").Connector["permissions"][number]} permission */
function permission({ name, why, required }) {
  return h(
    "li",
    {},
    h("strong", {}, name, required ? h("span", { class: "tag" }, "required") : ""),
    h("span", {}, why),
  );
}

/** @param {import("../types.js").Connector["permissions"]} permissions */
function permissionText(permissions) {
  return permissions.map(({ name, why, required }) => `${name}${required ? " (required)" : ""}: ${why}`).join("\n");
}

customElements.define("vendor-guide", VendorGuide);
