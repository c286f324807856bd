// Cells of the mapping grid while changes are on their way, refused or overtaken.

import assert from "node:assert/strict";
import test from "node:test";

import {
  CellChanges,
  cellOf,
  withLink,
  withoutLink,
} from "../../../functions/settings_api/console/assets/cell-changes.js";

const link = (id) => ({ external_id: id, name: id, state: "ok" });
const company = (...links) => ({ id: "co", links: { halo: links.map(link) }, not_integrated: [] });

/** A grid of one company, and requests that are answered or refused by hand. */
function grid(shown) {
  const state = { shown };
  const changes = new CellChanges({ find: () => state.shown, show: (now) => (state.shown = now) });
  const make = (after, back) => {
    const { promise: answer, resolve, reject } = promised();
    const done = changes.make("co", "halo", { after, back, send: () => answer });
    done.catch(() => {});
    return { done, answered: resolve, refused: () => reject(new Error("refused")) };
  };
  return {
    links: () => cellOf(state.shown, "halo").links.map(({ external_id: id }) => id),
    none: () => cellOf(state.shown, "halo").none,
    link: (id) =>
      make(
        ({ links }) => ({ links: withLink(links, link(id)), none: false }),
        ({ links }, { none }) => ({ links: withoutLink(links, link(id)), none }),
      ),
    mark: () =>
      make(
        ({ links }) => ({ links, none: true }),
        ({ links }, { none }) => ({ links, none }),
      ),
  };
}

function promised() {
  let ends;
  const promise = new Promise((resolve, reject) => (ends = { resolve, reject }));
  return { promise, ...ends };
}

test("a change shows at once, and the answer to it is the last word", async () => {
  const cells = grid(company());
  const change = cells.link("a");
  assert.deepEqual(cells.links(), ["a"]);
  change.answered(company("a", "elsewhere"));
  await change.done;
  assert.deepEqual(cells.links(), ["a", "elsewhere"]);
});

test("a change that is refused takes back itself and no other", async () => {
  const cells = grid(company());
  const first = cells.link("a");
  const second = cells.link("b");
  second.answered(company("b"));
  await second.done;
  first.refused();
  await assert.rejects(first.done, /refused/);
  assert.deepEqual(cells.links(), ["b"]);
});

test("of changes that overlap no answer undoes another change", async () => {
  const cells = grid(company());
  const first = cells.link("a");
  const second = cells.link("b");
  second.answered(company("a", "b"));
  await second.done;
  first.answered(company("a"));
  await first.done;
  assert.deepEqual(cells.links(), ["a", "b"]);
});

test("what was said before stands again when a change is refused", async () => {
  const cells = grid({ ...company(), not_integrated: ["halo"] });
  const change = cells.link("a");
  assert.equal(cells.none(), false);
  change.refused();
  await assert.rejects(change.done);
  assert.equal(cells.none(), true);
  assert.deepEqual(cells.links(), []);
});
