// The details of a company as a form: to add one, or to change one.

import { mayNot } from "../session.js";
import { FormDialog } from "./form-dialog.js";
import { linesOf } from "./form-field.js";

/** @typedef {{name: string, domains: string[], phone: string, address: string}} CompanyDetails */

/**
 * @param {(details: CompanyDetails) => Promise<void>} save throws what the API refused
 * @param {import("../company-types.js").Company | null} [company] `null`: a new one
 */
export function companyForm(save, company = null) {
  return new FormDialog({
    title: company ? `Edit ${company.name}` : "Add company",
    lead: company ? "" : "A company added by hand can be linked to your systems later.",
    fields: [
      { key: "name", label: "Name", kind: "text", value: company?.name, required: true },
      {
        key: "domains",
        label: "Domains",
        kind: "lines",
        value: company?.domains.join("\n"),
        help: "One a line, such as acme.example. They help to find the same company in other systems.",
      },
      { key: "phone", label: "Phone", kind: "tel", value: company?.phone },
      { key: "address", label: "Address", kind: "lines", value: company?.address },
    ],
    action: company ? "Save" : "Add company",
    off: mayNot("write"),
    save: (values) => save(details(values)),
  });
}

/**
 * @param {Map<string, string>} values
 * @returns {CompanyDetails}
 */
function details(values) {
  const text = (/** @type {string} */ key) => values.get(key) || "";
  return { name: text("name"), domains: linesOf(text("domains")), phone: text("phone"), address: text("address") };
}
