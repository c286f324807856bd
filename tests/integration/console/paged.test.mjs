// A list that is read page by page, while it is read again and read on.

import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { configureApi } from "../../../functions/settings_api/console/assets/api.js";
import { Paged } from "../../../functions/settings_api/console/assets/paged.js";

/** Requests that wait for their answer. @type {{query: URLSearchParams, answer: (items: string[], next: string | null) => void}[]} */
let waiting = [];

beforeEach(() => {
  waiting = [];
  configureApi("", { token: () => null, renew: async () => {}, signOut: null });
  globalThis.fetch = (path, { signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      const answer = (items, next) => resolve(Response.json({ items, next_cursor: next }));
      waiting.push({ query: new URL(path, "http://portal.example").searchParams, answer });
    });
});

test("more that is wanted while the list is read again follows it", async () => {
  const list = new Paged(() => {}, 2);
  const first = list.read("/v1/users");
  waiting[0].answer(["a", "b"], "2");
  await first;

  const again = list.again();
  await list.more();
  waiting[1].answer(["a", "b"], "2");
  await new Promise(setImmediate);
  assert.equal(waiting[2]?.query.get("cursor"), "2");
  waiting[2].answer(["c"], null);
  await again;
  assert.deepEqual(list.items, ["a", "b", "c"]);
  assert.deepEqual([list.busy, list.hasMore], [false, false]);
});

test("another question has its own first page and no more", async () => {
  const list = new Paged(() => {}, 2);
  const first = list.read("/v1/users?search=a");
  waiting[0].answer(["a", "b"], "2");
  await first;

  list.again();
  list.more();
  const other = list.read("/v1/users?search=x");
  waiting[2].answer(["x", "y"], "2");
  await other;
  assert.deepEqual([list.items, waiting.length], [["x", "y"], 3]);
});

test("pressing twice reads one page more", async () => {
  const list = new Paged(() => {}, 2);
  const first = list.read("/v1/users");
  waiting[0].answer(["a", "b"], "2");
  await first;
  const more = list.more();
  list.more();
  waiting[1].answer(["c", "d"], "4");
  await more;
  assert.deepEqual([list.items.length, waiting.length], [4, 2]);
});
