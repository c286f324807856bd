// Amounts as people read them. The portal keeps them whole, in the currency's smallest unit, and says how many of the
// digits stand behind the point: two for dollars, none for yen, three for dinars.

/**
 * @param {number} amount in the smallest unit
 * @param {string} currency ISO 4217, in any case
 * @param {number} digits behind the point
 */
export function money(amount, currency, digits) {
  const value = amount / 10 ** digits;
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const code = currency.toUpperCase();
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: code, ...places }).format(value);
  } catch {
    // Not the shape of a currency's code.
    return `${new Intl.NumberFormat(undefined, places).format(value)} ${code}`;
  }
}
