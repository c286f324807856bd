// What is said of a device and of an alert, and how urgent that is. Vendors' own words are shown as they are; only those
// that are known wear a colour.

import { civilDay } from "./time.js";
import { plural } from "./words.js";

/** @typedef {import("./device-types.js").Device} Device */
/** @typedef {[text: string, tone: string]} Said */

/** A warranty that ends within so many days is worth a look. */
const SOON = 60;

/** @type {Record<string, string>} */
const ANTIVIRUS = {
  "Running and up to date": "good",
  "Running, not up to date": "warn",
  "Not running": "bad",
  "Not detected": "bad",
};

/** @type {Record<string, string>} */
const PATCHES = {
  "Fully patched": "good",
  "Restart required": "warn",
  "Approved, not installed": "warn",
  "Installation failed": "bad",
};

/** @type {Record<import("./device-types.js").Priority, Said>} */
export const PRIORITIES = {
  critical: ["Critical", "bad"],
  high: ["High", "bad"],
  moderate: ["Moderate", "warn"],
  low: ["Low", ""],
  information: ["Information", ""],
  unknown: ["No priority", ""],
};

/** @param {Device} device @returns {Said} */
export function standing({ online, suspended }) {
  if (suspended) return ["Suspended", "warn"];
  if (online === undefined) return ["Not known", ""];
  return online ? ["Online", "good"] : ["Offline", ""];
}

/** @param {Device} device @returns {Said | null} */
export function antivirus({ antivirus: found }) {
  return found?.status ? [found.status, ANTIVIRUS[found.status] || ""] : null;
}

/** @param {Device} device @returns {Said | null} */
export function patches({ patches: found }) {
  return found?.status ? [found.status, PATCHES[found.status] || ""] : null;
}

/** Patches that wait, in words. @param {Device} device */
export function waiting({ patches: found }) {
  return found?.pending ? `${plural(found.pending, "patch", "patches")} to install` : "";
}

/** Of a warranty that still runs, the day is enough. @param {Device} device @param {number} [now] @returns {Said | null} */
export function warranty({ warranty_until: until }, now = Date.now()) {
  if (!until) return null;
  const days = (Date.parse(until) - now) / 86_400_000;
  if (days < -1) return ["Ended", "bad"];
  return days < SOON ? ["Ends soon", "warn"] : null;
}

/** @param {Device} device */
export function warrantyDay({ warranty_until: until }) {
  return until ? civilDay(until) : "";
}

/** What it is: "Laptop · Dell Inc. Latitude 5450". @param {Device} device */
export function nature({ kind, manufacturer, model }) {
  const made = [manufacturer, model].filter(Boolean).join(" ");
  return [kind, made].filter(Boolean).join(" · ");
}

/** What tells it from others: "8XK2M44 · 10.1.2.7 · CONTOSO\anna". @param {Device} device */
export function marks({ serial_number: serial, ip_address: address, last_user: user }) {
  return [serial, address, user].filter(Boolean).join(" · ");
}
