// Patterns of addresses: what they may look like, and whom they mean. Pure; the API checks the same.

/**
 * Why a pattern cannot be meant; empty: it can.
 *
 * @param {string} pattern
 */
export function patternProblem(pattern) {
  if (pattern.length > 254 || /\s/.test(pattern) || !/[@*]/.test(pattern) || /@.*@/.test(pattern)) {
    return "Enter an address or a pattern such as noreply@*.";
  }
  if (/^[*@]+$/.test(pattern)) return "This stands for every address. To import nobody, switch the import off.";
  return "";
}

/**
 * The patterns in a text that somebody typed or pasted.
 *
 * @param {string} text
 */
export function patternsIn(text) {
  return text
    .split(/[\s,;]+/)
    .map((pattern) => pattern.replace(/^<|>$/g, ""))
    .filter(Boolean);
}

/**
 * What a pattern means, in words.
 *
 * @param {string} pattern
 */
export function patternWords(pattern) {
  const [local, host] = pattern.split("@");
  if (host === "*" && local && !local.includes("*")) return `${local} at any domain`;
  if (local === "*" && host && !host.includes("*")) return `everybody at ${host}`;
  return "";
}
