// A pasted address is cut down to what the field wants, before the eyes of whoever pasted it: the field's example says
// whether that is an origin, a host or the first part of a host; the field's pattern has the last word. The API
// normalises again; this only spares a surprise.

/**
 * @param {string} text
 * @param {import("./types.js").Field} field
 */
export function normalise(text, field) {
  const trimmed = text.trim();
  if (field.kind === "secret" || !trimmed || /[\s@]/.test(trimmed)) return trimmed;
  const pasted = trimmed.includes("/");
  if (!pasted && fits(trimmed, field.pattern) !== false) return trimmed;
  const address = parse(trimmed);
  if (!address) return trimmed;
  const forms = [address.origin, address.host, address.hostname.split(".")[0]];
  const shape = field.example.includes("://") ? 0 : field.example.includes(".") ? 1 : 2;
  const candidates = [forms[shape], ...forms];
  if (!field.pattern) return pasted ? candidates[0] : trimmed;
  return candidates.find((candidate) => fits(candidate, field.pattern)) || trimmed;
}

/**
 * Whether a value matches a pattern in whole; `null` where there is no pattern that this browser understands.
 *
 * @param {string} value
 * @param {string | undefined} pattern
 * @returns {boolean | null}
 */
export function fits(value, pattern) {
  if (!pattern) return null;
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(value);
  } catch {
    return null;
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return new URL(text.includes("://") ? text : `https://${text}`);
  } catch {
    return null;
  }
}
