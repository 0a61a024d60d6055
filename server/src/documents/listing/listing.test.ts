import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import { seededRandom, testSeed } from "../../../../test/factories/random.ts";

const seed = testSeed();

interface Thing {
  readonly document_id: string;
  readonly payload: Record<string, any>;
}

let database: TestDatabase;
let room: DocumentsRoom;
let things: TestCollection;
let stored: Thing[];
before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db);
  things = await createTestCollection(room);
  stored = randomThings(1_500);
  assert.equal((await things.ingestLines(stored)).body.ingested, stored.length);
});
after(async () => {
  await room.close();
  await database.close();
});

const WORDS = [
  'say "hi" \\\\o/',
  "Zebra",
  "apple",
  "Äpfel",
  "äpfel",
  "banana",
  "😀",
  "\uffee",
  "",
  "10",
  "9",
];

/** Few different values, of every kind, so that ties and kinds meet. */
function randomThings(count: number): Thing[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[random.integer(0, list.length - 1)]!;
  return Array.from({ length: count }, (_, n) => {
    const value = pick([
      pick(WORDS), pick(WORDS), random.integer(-3, 12), random.integer(0, 9) / 4, random.next() < 0.5, null, ["x"], { y: 1 }, undefined,
    ]); // prettier-ignore
    return {
      document_id: `t${n}`,
      payload: {
        n,
        kind: pick(["red", "green", "blue", null]),
        deep: { v: value },
        note: `number ${n} of ${pick(WORDS)}`,
      },
    };
  });
}

const list = async (body: object, query = "", of = things) => {
  const answer = await of.call("POST", `/documents/list${query}`, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};
const idsOf = (results: readonly any[]) => results.map((result) => result.document_id as string);

/** Every page of a list, by its cursors; `between` is called after each. */
async function allPages(body: object, limit: number, between: () => Promise<void> = () => Promise.resolve()) {
  const pages: any[] = [];
  for (let cursor = ""; ;) {
    const page = await list(body, `?limit=${limit}${cursor && `&cursor=${cursor}`}`);
    pages.push(page);
    if (page.pagination.next_cursor === null) return pages;
    cursor = page.pagination.next_cursor;
    await between();
  }
}

/** docs/documents.md, the obvious way. */
function sorted(documents: readonly Thing[], read: (payload: any) => unknown, descending: boolean): string[] {
  const kinds = descending ? ["boolean", "string", "number"] : ["number", "string", "boolean"];
  const points = (text: string) => Array.from(text.toLowerCase(), (character) => character.codePointAt(0)!);
  const compare = (a: any, b: any): number => {
    if (typeof a !== "string") return Number(a) - Number(b);
    const [left, right] = [points(a), points(b)];
    const at = left.findIndex((point, index) => point !== right[index]);
    return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1);
  };
  return documents
    .map(({ document_id, payload }, index) => {
      const value = read(payload);
      const kind = kinds.indexOf(typeof value);
      return { document_id, index, value, kind: kind < 0 ? 3 : kind };
    })
    .sort(
      (a, b) =>
        a.kind - b.kind ||
        (a.kind === 3 ? 0 : compare(a.value, b.value) * (descending ? -1 : 1)) ||
        a.index - b.index,
    )
    .map(({ document_id }) => document_id);
}

describe(`a list of documents, seed ${seed}`, () => {
  it("sorts by any field, kinds apart, ties as they were stored, and pages hold still while documents arrive", async () => {
    for (const direction of ["asc", "desc"] as const) {
      const mine = await createTestCollection(room, undefined, things.tenant);
      await mine.ingestLines(stored.slice(0, 300));
      const expected = sorted(stored.slice(0, 300), (payload) => payload.deep.v, direction === "desc");
      let arrived = 0;
      const found: string[] = [];
      for (let cursor = ""; ;) {
        const body = { sort: { field: "deep.v", direction } };
        const page = await list(body, `?limit=37${cursor && `&cursor=${cursor}`}`, mine);
        found.push(...idsOf(page.results));
        cursor = page.pagination.next_cursor ?? "";
        if (cursor === "") break;
        await mine.ingest([
          { document_id: `new${arrived++}`, payload: { deep: { v: WORDS[arrived % WORDS.length] } } },
        ]);
      }
      assert.deepEqual(found.filter((id) => id.startsWith("t")), expected); // prettier-ignore
      assert.equal(new Set(found).size, found.length);
    }
  });

  it("finds the same page by offset, over several windows, with an exact total under the filter", async () => {
    const filters = {
      OR: [
        { field: "kind", value: "red" },
        { field: "n", operator: "lt", value: 100 },
      ],
    };
    const matching = stored.filter(({ payload }) => payload.kind === "red" || payload.n < 100);
    for (const [body, expected] of [
      [{ filters }, idsOf(matching)],
      [
        { filters, sort: { field: "note", direction: "desc" } },
        sorted(matching, (payload) => payload.note, true),
      ],
      [{ sort: { field: "n", direction: "desc" } }, idsOf(stored).reverse()],
      [{ sort: { field: "document_id" } }, idsOf(stored).sort()],
      [{ sort: { field: "_internal.created_at", direction: "desc" }, filters }, null],
    ] as const) {
      const page = await list(body, "?limit=50&offset=100&include_total=true");
      const all = "filters" in body ? matching.length : stored.length;
      assert.deepEqual(
        [page.pagination.total, page.pagination.page, page.stats.total_documents],
        [all, 3, all],
      );
      assert.equal(page.pagination.total_pages, Math.ceil(all / 50));
      if (expected) assert.deepEqual(idsOf(page.results), expected.slice(100, 150), JSON.stringify(body));
      const pages = await allPages(body, 333);
      const byCursor = pages.flatMap((each) => idsOf(each.results));
      if (expected) assert.deepEqual(byCursor, expected, JSON.stringify(body));
      assert.deepEqual([...byCursor].sort(), idsOf("filters" in body ? matching : stored).sort());
    }
    const none = await list({ filters: { field: "kind", value: "mauve" } }, "?include_total=true");
    assert.deepEqual([none.results, none.pagination.total, none.pagination.next_cursor], [[], 0, null]);
  });

  it("searches words anywhere in the strings of a payload", async () => {
    const found = (search: string) => list({ search }, "?limit=1000&include_total=true");
    for (const search of ["ÄPFEL", "number 77", " BAN  1 ", '"HI"', "\\\\O/ 1", "note", "😀", "no-such"]) {
      const pieces = search.toLowerCase().split(/\s+/).filter(Boolean); // prettier-ignore
      const expected = stored.filter(({ payload }) => {
        const text = [payload.kind, payload.note, payload.deep.v]
          .filter((item) => typeof item === "string")
          .join(" ");
        return pieces.every(
          (piece) => text.toLowerCase().includes(piece) || payload.deep.v?.[0]?.includes?.(piece),
        );
      });
      const page = await found(search);
      assert.deepEqual(idsOf(page.results), idsOf(expected).slice(0, 1000), search);
      assert.equal(page.pagination.total, expected.length);
    }
    assert.equal(
      (await things.call("POST", "/documents/list", { search: "a b c d e f g h i j k l m n o p q r s t u" }))
        .status,
      422,
    );
  });

  it("selects paths, keeps the id, and adds vectors when asked", async () => {
    const mine = await createTestCollection(room);
    await mine.ingest([
      {
        document_id: "a",
        payload: { a: { b: 1, c: 2 }, list: [{ x: 1, y: 2 }, { x: 3 }, 4], d: null, "e.f": 5 },
        vectors: { text: [1, 2] },
      },
    ]);
    const pick = async (select: string[], more = {}) =>
      (await list({ select, ...more }, "", mine)).results[0];
    const rest = { document_id: "a", collection_id: mine.id, document_blobs: [], _internal: null };
    assert.deepEqual(await pick(["a.b", "list.x", "d", "none.at.all"]), {
      ...rest,
      a: { b: 1 },
      list: [{ x: 1 }, { x: 3 }],
      d: null,
    });
    assert.deepEqual(await pick(["document_id"]), rest);
    assert.deepEqual(await pick(["e\\.f", "a", "a.b"]), { ...rest, "e.f": 5, a: { b: 1, c: 2 } });
    assert.deepEqual((await pick(["d"], { return_vectors: true })).vectors, { text: [1, 2] });
    assert.ok((await pick(["_internal.created_at"]))._internal.created_at);
  });

  it("groups by a field, with counts, first documents and pages of groups", async () => {
    const byKind = await list({ group_by: "kind", sort: { field: "n", direction: "desc" }, select: ["n"] });
    assert.equal(byKind.results, null);
    assert.equal(byKind.group_by_field, "kind");
    assert.deepEqual(byKind.groups.map((group: any) => group.group_key), ["blue", "green", "red", null]); // prettier-ignore
    for (const { group_key, count, documents } of byKind.groups) {
      const own = stored.filter(({ payload }) => payload.kind === group_key);
      assert.equal(count, own.length);
      assert.deepEqual(documents.map((document: any) => document.n), own.map(({ payload }) => payload.n).reverse().slice(0, 10)); // prettier-ignore
    }
    assert.deepEqual([byKind.stats.total_groups, byKind.stats.total_documents], [4, 1_500]);
    assert.equal(byKind.stats.avg_documents_per_group, 375);

    const pages = await allPages(
      { group_by: "deep.v", filters: { field: "n", operator: "lt", value: 400 } },
      7,
    );
    const groups = pages.flatMap((page) => page.groups);
    const keys = groups.map((group: any) => JSON.stringify(group.group_key));
    const values = stored.slice(0, 400).map(({ payload }) => JSON.stringify(payload.deep.v ?? null));
    assert.deepEqual([...keys].sort(), [...new Set(values)].sort());
    for (const [index, group] of groups.entries()) {
      assert.equal(group.count, values.filter((value) => value === keys[index]).length, keys[index]);
    }
    const total = await list({ group_by: "deep.v" }, "?limit=5&offset=5&include_total=true");
    assert.deepEqual(
      [total.groups.length, total.pagination.total, total.pagination.page],
      [5, total.stats.total_groups, 2],
    );
  });

  it("refuses a cursor of another filter, sort or group, and one nobody made", async () => {
    const filters = { field: "kind", value: "red" };
    const first = await list({ filters, sort: { field: "n" } }, "?limit=2");
    const cursor = first.pagination.next_cursor;
    const inBody = await list({ filters, sort: { field: "n" }, cursor }, "?limit=2");
    assert.equal(inBody.results.length, 2);
    const text = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    const forged = Buffer.from(JSON.stringify([text[0], "x", {}])).toString("base64url");
    for (const [body, with_] of [
      [{ filters }, cursor],
      [{ filters, sort: { field: "n", direction: "desc" } }, cursor],
      [{ filters: { ...filters, value: "blue" }, sort: { field: "n" } }, cursor],
      [{ filters, sort: { field: "n" }, group_by: "n" }, cursor],
      [{ filters, sort: { field: "n" } }, forged],
      [{ filters, sort: { field: "n" } }, "x"],
    ] as const) {
      const answer = await things.call("POST", `/documents/list?cursor=${with_}`, body);
      assert.deepEqual(
        [answer.status, answer.body.error?.code],
        [400, "foreign_cursor"],
        JSON.stringify(body),
      );
    }
  });

  it("answers 422 with every fault to filters and paths that cannot be", async () => {
    const red = { field: "kind", value: "red" };
    const nested = (depth: number): object => (depth === 0 ? red : { NOT: [nested(depth - 1)] });
    for (const [body, locs] of [
      [
        {
          filters: {
            AND: [
              { ...red, operator: "like" },
              { feild: "x", value: 1 },
            ],
          },
        },
        ["body.filters.AND.0.operator", "body.filters.AND.1.feild", "body.filters.AND.1.value"],
      ],
      [{ filters: nested(11) }, [`body.filters${".NOT.0".repeat(10)}`]],
      [{ filters: { OR: Array.from({ length: 201 }, () => red) } }, ["body.filters"]],
      [{ filters: { field: "note", operator: "regex", value: "(a?){250}" } }, ["body.filters.value"]],
      [{ filters: { kind: "red" } }, ["body.filters.kind"]],
      [{ filters: "kind = red" }, ["body.filters"]],
      [{ sort: { field: "a..b" } }, ["body.sort.field"]],
      [{ sort: { direction: "asc" } }, ["body.sort.field"]],
      [{ sort: { field: "a", direction: "up" } }, ["body.sort.direction"]],
      [{ select: ["ok", "."] }, ["body.select.1"]],
      [{ group_by: "_internal.lineage" }, ["body.group_by"]],
      [{ search: 5 }, ["body.search"]],
    ] as const) {
      const answer = await things.call("POST", "/documents/list", body);
      assert.equal(answer.status, 422, JSON.stringify(body).slice(0, 200));
      assert.deepEqual(answer.body.detail.map((fault: any) => fault.loc.join(".")), locs); // prettier-ignore
    }
    const catastrophic = { filters: { field: "note", operator: "regex", value: "^(\\w+\\s?)+!$" } };
    assert.deepEqual((await list(catastrophic)).results, []);
  });
});
