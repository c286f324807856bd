// A user made by hand, who belongs to one company. Reads the roles first, since one of them has to be chosen.

import { Intention, all, post } from "../api.js";
import { complain } from "../company-actions.js";
import { mayNot } from "../session.js";
import { FormDialog } from "./form-dialog.js";
import { toast } from "./toast-region.js";

/**
 * @param {string} company its id
 * @param {() => void} made called when there is one more
 */
export function userForm(company, made) {
  const adding = new Intention();
  const form = new FormDialog({
    title: "Add user",
    lead: "For people who are not in a PSA. No sync ever changes them, and no mail is sent.",
    fields: [
      { key: "name", label: "Name", kind: "text", required: true },
      { key: "email", label: "E-mail", kind: "email", required: true },
      { key: "role", label: "Role", kind: "select", required: true, choices: [] },
    ],
    action: "Add user",
    off: mayNot("write"),
    save: async (values) => {
      const { data } = await post("/v1/users", { ...Object.fromEntries(values), company_id: company }, adding);
      toast(`${data.name} is added and has access.`);
      made();
    },
  });
  readRoles(form);
  return form;
}

/** @param {FormDialog} form */
async function readRoles(form) {
  try {
    const roles = /** @type {import("../company-types.js").Role[]} */ (await all("/v1/roles"));
    form.choices(
      "role",
      roles.map(({ id, name }) => ({ value: id, label: name })),
    );
  } catch (error) {
    complain(error, "The roles could not be read");
  }
}
