// Why a push was turned away, in words. Pure.

/**
 * @param {string} cause as the API names it
 * @param {string} vendor
 */
export function rejectionWords(cause, vendor) {
  switch (cause) {
    case "inactive":
      return "arrived while the integration was off";
    case "too_large":
      return `were larger than anything ${vendor} sends`;
    case "signature_missing":
      return "carried no signature";
    case "signature_mismatch":
      return "carried a wrong signature: forged, altered, or made with a secret from before a rotation";
    case "credentials_missing":
      return "carried no user name and password";
    case "credentials_mismatch":
      return `carried another user name or password than ours: compare them in ${vendor}`;
    case "key_missing":
      return "did not say with which key they are signed";
    case "key_host":
      return `named a key on another host than your ${vendor}’s`;
    case "key_address":
      return "named a key of another account, or none at all";
    case "key_unreachable":
      return `were asked for again, because ${vendor} did not hand out its key in time`;
    case "stale":
      return "were signed too long ago";
    default:
      return `were turned away: ${cause.replaceAll("_", " ")}`;
  }
}
