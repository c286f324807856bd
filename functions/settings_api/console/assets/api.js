// The only door to the HTTP API: adds the bearer token, turns problem details into errors with words that can be shown,
// gives each POST the idempotency key of what is meant by it, and lets an expired sign-in be renewed before the one
// repetition.

/** An answer that is no success, in words for the page. */
export class ApiError extends Error {
  /**
   * @param {number} status 0: no answer at all
   * @param {{title?: string, detail?: string, request_id?: string, errors?: {pointer: string, detail: string}[]}} problem
   * @param {number | null} [retryAfter] seconds
   */
  constructor(status, problem, retryAfter = null) {
    const title = problem.title || plainTitle(status);
    super(title);
    this.name = "ApiError";
    this.status = status;
    this.title = title;
    this.detail = problem.detail || "";
    this.requestId = problem.request_id || "";
    this.errors = problem.errors || [];
    this.retryAfter = retryAfter;
  }

  /** Title and detail as one text, for a toast. */
  get sentence() {
    return [this.title, this.detail].filter(Boolean).map(fullStop).join(" ");
  }

  /** What was said about single fields, by the last part of the pointer. */
  get fields() {
    return new Map(this.errors.map(({ pointer, detail }) => [lastSegment(pointer), detail]));
  }
}

/** @param {string} text */
function fullStop(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** @param {string} pointer */
function lastSegment(pointer) {
  const segment = pointer.split("/").pop() || "";
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** @param {number} status */
function plainTitle(status) {
  if (status === 0) return "The portal cannot be reached";
  if (status === 401) return "Your sign-in was not accepted";
  if (status === 403) return "You may not do this";
  if (status === 404) return "This does not exist, or not any more";
  if (status === 412) return "Somebody else changed this in the meantime";
  if (status === 429) return "That was too soon";
  return "Something went wrong on our side";
}

/** @type {{base: string, auth: import("./auth.js").Auth}} */
let door;

/**
 * @param {string} base where `/v1` is, without a slash at the end
 * @param {import("./auth.js").Auth} auth
 */
export function configureApi(base, auth) {
  door = { base, auth };
}

/**
 * @typedef {object} Answer
 * @property {any} data `null` where nothing was sent or nothing has changed
 * @property {string | null} etag
 * @property {boolean} unchanged the state named by `etag` in the request still stands
 */

/**
 * @param {string} path
 * @param {{etag?: string | null, signal?: AbortSignal}} [how] `etag`: answer only if it differs
 * @returns {Promise<Answer>}
 */
export function get(path, { etag = null, signal } = {}) {
  return send("GET", path, { headers: etag ? { "If-None-Match": etag } : {}, signal });
}

/**
 * One thing that a person wants done. Asked for again after an answer that was lost or refused, it goes under the same
 * key, so that the API recognises what it has done already; what differs, or follows a success, is another thing.
 */
export class Intention {
  #request = "";
  #key = "";

  /** @param {string} path @param {unknown} body */
  key(path, body) {
    const request = JSON.stringify([path, body]);
    if (request !== this.#request) this.#key = crypto.randomUUID();
    this.#request = request;
    return this.#key;
  }

  done() {
    this.#request = "";
  }
}

/**
 * @param {string} path
 * @param {unknown} [body]
 * @param {Intention} [intention] held by what asks, where doing it twice would be one too many
 */
export async function post(path, body, intention = new Intention()) {
  const answer = await send("POST", path, { body, headers: { "Idempotency-Key": intention.key(path, body) } });
  intention.done();
  return answer;
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {{etag?: string | null}} [how] `etag`: change this state and no other
 */
export function put(path, body, { etag = null } = {}) {
  return send("PUT", path, { body, headers: etag ? { "If-Match": etag } : {} });
}

/**
 * @param {string} path
 * @param {unknown} body what is absent stays
 * @param {{etag?: string | null}} [how]
 */
export function patch(path, body, { etag = null } = {}) {
  return send("PATCH", path, { body, headers: etag ? { "If-Match": etag } : {} });
}

/** @param {string} path */
export function del(path) {
  return send("DELETE", path, { headers: {} });
}

/**
 * A file that is no JSON, for saving.
 *
 * @param {string} path
 * @param {string} kind its media type
 */
export async function file(path, kind) {
  const response = await exchange("GET", path, { headers: { Accept: kind } });
  if (!response.ok) throw new ApiError(response.status, (await readJson(response)) || {}, retryAfter(response));
  return response.blob();
}

/**
 * Every entry of a list that is known to be short, page by page.
 *
 * @template T
 * @param {string} path without `limit` and `cursor`
 * @returns {Promise<T[]>}
 */
export async function all(path) {
  /** @type {T[]} */
  const found = [];
  let cursor = null;
  do {
    const query = `${path.includes("?") ? "&" : "?"}limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
    const { data } = await get(path + query);
    if (Array.isArray(data)) return data;
    found.push(...data.items);
    cursor = data.next_cursor;
  } while (cursor);
  return found;
}

/**
 * A path below an integration, its parts encoded: `integration("halo-psa", "runs", id)`.
 *
 * @param {string} connector
 * @param {...string} parts
 */
export function integration(connector, ...parts) {
  return ["/v1/integrations", connector, ...parts].map((part, at) => (at ? encodeURIComponent(part) : part)).join("/");
}

/**
 * The entries of a list answer.
 *
 * @template T
 * @param {Answer} answer
 * @returns {T[]}
 */
export function items(answer) {
  return Array.isArray(answer.data) ? answer.data : answer.data.items;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, headers: Record<string, string>, signal?: AbortSignal}} how
 * @returns {Promise<Answer>}
 */
async function send(method, path, how) {
  const response = await exchange(method, path, how);
  const etag = response.headers.get("ETag");
  if (response.status === 304) return { data: null, etag, unchanged: true };
  const data = await readJson(response);
  if (!response.ok) throw new ApiError(response.status, data || {}, retryAfter(response));
  return { data, etag, unchanged: false };
}

/**
 * Sends once more when the sign-in had expired.
 *
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, headers: Record<string, string>, signal?: AbortSignal}} how
 */
async function exchange(method, path, how) {
  const token = door.auth.token();
  const response = await attempt(method, path, how, token);
  if (response.status !== 401) return response;
  await door.auth.renew(token);
  return attempt(method, path, how, door.auth.token());
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, headers: Record<string, string>, signal?: AbortSignal}} how
 * @param {string | null} token
 */
async function attempt(method, path, { body, headers, signal }, token) {
  // The gateway gives up after 30 seconds; waiting longer would wait for nothing.
  const patience = AbortSignal.timeout(35_000);
  try {
    return await fetch(door.base + path, {
      method,
      headers: {
        Accept: "application/json",
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
      cache: "no-store",
      credentials: "omit",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { detail: "Check your network connection and try again." });
  }
}

/** @param {Response} response */
async function readJson(response) {
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** @param {Response} response */
function retryAfter(response) {
  const value = response.headers.get("Retry-After");
  if (!value) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000);
}
