// Who is looking, and what they may do. Filled once after signing in.

/** @type {import("./types.js").Me} */
let person = { tenant: { id: "", name: "" }, user: { id: "", name: "" }, permissions: [] };

/** @param {import("./types.js").Me} me */
export function setMe(me) {
  person = me;
}

export function me() {
  return person;
}

/**
 * Why this person may not do something; `null` if they may.
 *
 * @param {import("./types.js").Permission} permission
 * @returns {string | null}
 */
export function mayNot(permission) {
  if (person.permissions.includes(permission)) return null;
  if (permission === "manage") return "Only people who may manage integrations can do this.";
  if (permission === "write") return "Your sign-in lets you look, but not change anything.";
  return "Your sign-in does not let you see this.";
}
