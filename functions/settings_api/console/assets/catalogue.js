// The catalogue of connectors, read once: it does not change while the pages are open.

import { all } from "./api.js";

/** @type {Promise<Map<string, import("./types.js").Connector>> | null} */
let reading = null;

/** Every connector by id. A failed reading is repeated by the next caller. */
export function catalogue() {
  reading ??= all("/v1/connectors").then(
    (connectors) => new Map(connectors.map((/** @type {any} */ connector) => [connector.id, connector])),
    (error) => {
      reading = null;
      throw error;
    },
  );
  return reading;
}
