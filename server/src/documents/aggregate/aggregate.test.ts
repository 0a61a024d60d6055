import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import { datePart, readDate, truncateDate } from "./date-values.ts";

let database: TestDatabase;
let room: DocumentsRoom;
let sales: TestCollection;
/** More than one window. */
const COUNT = 1_800;
before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db);
  sales = await createTestCollection(room);
  await sales.ingestLines(
    Array.from({ length: COUNT }, (_, n) => ({
      document_id: `s${n}`,
      payload: {
        city: ["Bern", "Rome", null][n % 3],
        price: n % 10 === 0 ? "free" : n % 100,
        at: `2026-0${(n % 3) + 1}-15T10:30:00+0${n % 2}:00`,
        items:
          n % 4 === 0
            ? []
            : [
                { sku: `k${n % 5}`, amount: 1 },
                { sku: "all", amount: n % 2 },
              ],
        buyer: { name: `b${n % 7}` },
      },
    })),
  );
});
after(async () => {
  await room.close();
  await database.close();
});

const all = Array.from({ length: COUNT }, (_, n) => n);
const aggregate = async (body: object) => {
  const answer = await sales.call("POST", "/documents/aggregate", body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};
const count = { function: "count", alias: "count" };

describe("aggregate", () => {
  it("adds up each group by every function", async () => {
    const of = (name: string, field?: string) => ({
      function: name,
      alias: name,
      ...(field ? { field } : {}),
    });
    const { results, total_groups, query_info } = await aggregate({
      group_by: [{ field: "city" }],
      aggregations: [
        of("count"), of("sum", "price"), of("avg", "price"), of("min", "price"), of("max", "price"), of("first", "buyer.name"),
        of("last", "document_id"), { ...of("count_distinct"), distinct_field: "buyer.name" }, of("add_to_set", "buyer.name"),
        { ...of("push", "price"), alias: "push" }, { function: "count", field: "city", alias: "with_city" },
      ],
    }); // prettier-ignore
    assert.deepEqual(results.map((result: any) => result.group.city), ["Bern", "Rome", null]); // prettier-ignore
    assert.deepEqual(
      [total_groups, query_info],
      [3, { documents_matched: COUNT, rows: COUNT, groups_before_having: 3 }],
    );
    for (const [index, { metrics }] of results.entries()) {
      const own = all.filter((n) => n % 3 === index);
      const prices = own.filter((n) => n % 10 !== 0).map((n) => n % 100);
      const sum = prices.reduce((total, price) => total + price, 0);
      assert.deepEqual(
        { ...metrics, add_to_set: [...metrics.add_to_set].sort() },
        {
          count: own.length,
          sum,
          avg: sum / prices.length,
          min: Math.min(...prices),
          // Strings come after numbers.
          max: "free",
          first: `b${own[0]! % 7}`,
          last: `s${own.at(-1)!}`,
          count_distinct: 7,
          add_to_set: ["b0", "b1", "b2", "b3", "b4", "b5", "b6"],
          push: own.map((n) => (n % 10 === 0 ? "free" : n % 100)),
          with_city: index === 2 ? 0 : own.length,
        },
      );
    }
  });

  it("groups by several fields, by dates, and what a filter leaves", async () => {
    const { results } = await aggregate({
      group_by: [
        { field: "at", alias: "month", date_trunc: "month" },
        { field: "at", alias: "hour", date_part: "hour" },
      ],
      aggregations: [count],
      filters: { AND: [{ field: "buyer.name", operator: "in", value: ["b1", "b2"] }] },
    });
    const own = all.filter((n) => [1, 2].includes(n % 7));
    const expected = [1, 2, 3].flatMap((month) =>
      [9, 10].map((hour) => ({
        group: { month: `2026-0${month}-01T00:00:00.000Z`, hour },
        metrics: {
          count: own.filter((n) => n % 3 === month - 1 && (n % 2 === 0 ? hour === 10 : hour === 9)).length,
        },
      })),
    );
    assert.deepEqual(results, expected);
  });

  it("unwinds an array, buckets numbers, sorts, limits, and keeps groups that have", async () => {
    const unwound = await aggregate({
      group_by: [{ field: "items.sku", alias: "sku" }],
      aggregations: [count, { function: "sum", field: "items.amount", alias: "amount" }],
      unwind: "items",
      sort_by: "amount",
      limit: 2,
    });
    const rows = all.filter((n) => n % 4 !== 0);
    assert.deepEqual(unwound.results[0], {
      group: { sku: "all" },
      metrics: { count: rows.length, amount: rows.filter((n) => n % 2 === 1).length },
    });
    assert.deepEqual(
      [unwound.results.length, unwound.total_groups, unwound.query_info.rows],
      [2, 6, rows.length * 2],
    );

    const numbers = all.filter((n) => n % 10 !== 0).map((n) => n % 100);
    const bucketed = await aggregate({
      group_by: [{ field: "price" }],
      aggregations: [count],
      range_buckets: [{ field: "price", boundaries: [0, 25, 50], default_bucket: "other" }],
      sort_by: "count",
      sort_direction: "asc",
    });
    const sizes = (name: string, low: number, high: number) => ({
      group: { price: name },
      metrics: { count: numbers.filter((price) => price >= low && price < high).length },
    });
    const [first, second] = [sizes("[0,25)", 0, 25), sizes("[25,50)", 25, 50)];
    const other = {
      group: { price: "other" },
      metrics: { count: COUNT - first.metrics.count - second.metrics.count },
    };
    assert.deepEqual(bucketed.results, [first, second, other].sort((a, b) => a.metrics.count - b.metrics.count)); // prettier-ignore

    const having = await aggregate({
      group_by: [{ field: "buyer.name", alias: "buyer" }],
      aggregations: [count],
      range_buckets: [{ field: "price", boundaries: [0, 50, 100] }],
      having: [
        { field: "buyer", operator: "!=", value: "b3" },
        { field: "count", operator: "gte", value: 100 },
        { field: "price", operator: "eq", value: "[0,50)" },
      ],
    });
    const perBuyer = (buyer: number) =>
      all.filter((n) => n % 7 === buyer && n % 10 !== 0 && n % 100 < 50).length;
    assert.deepEqual(
      having.results,
      [0, 1, 2, 4, 5, 6]
        .map((buyer) => ({
          group: { buyer: `b${buyer}`, price: "[0,50)" },
          metrics: { count: perBuyer(buyer) },
        }))
        .filter(({ metrics }) => metrics.count >= 100),
    );
    assert.ok(having.results.length > 0 && having.query_info.groups_before_having > having.total_groups);
  });

  it("refuses what cannot be, with every fault", async () => {
    const faultsOf = async (body: object) => {
      const answer = await sales.call("POST", "/documents/aggregate", body);
      assert.equal(answer.status, 422, JSON.stringify(answer.body));
      return answer.body.detail.map((fault: any) => fault.loc.slice(1).join("."));
    };
    const group_by = [{ field: "city" }];
    assert.deepEqual(await faultsOf({ group_by: [], aggregations: [] }), ["group_by", "aggregations"]);
    assert.deepEqual(await faultsOf({ group_by, aggregations: [{ function: "median", alias: "m" }] }), [
      "aggregations.0.function",
    ]);
    assert.deepEqual(
      await faultsOf({
        group_by: [{ field: "a..b" }, { field: "at", date_trunc: "day", date_part: "day" }, { field: "at" }],
        aggregations: [{ function: "sum", alias: "s" }, count, count],
        having: [{ field: "cuont", operator: "gt", value: 1 }, { field: "s", operator: "about", value: 1 }],
        unwind: "document_id",
        range_buckets: [{ field: "price", boundaries: [2, 1] }],
        sort_by: "nothing",
        sort_direction: "down",
      }),
      [
        "unwind", "range_buckets.0.boundaries", "group_by.0.field", "group_by.1", "group_by.2", "aggregations.0.field", "aggregations.2",
        "having.0.field", "having.1.operator", "sort_by", "sort_direction",
      ],
    ); // prettier-ignore
    assert.deepEqual(await faultsOf({ group_by, aggregations: [count], filters: { OR: [] } }), [
      "filters.OR",
    ]);
    assert.deepEqual(await faultsOf({ group_by, aggregations: [count], limit: 0 }), ["limit"]);
  });
});

describe("dates", () => {
  it("are read as ISO 8601 writes them, UTC without an offset", () => {
    for (const [text, expected] of [
      ["2026-05-04", "2026-05-04T00:00:00.000Z"],
      ["2026-05-04T10:00", "2026-05-04T10:00:00.000Z"],
      ["2026-05-04 10:00:00.5+02:00", "2026-05-04T08:00:00.500Z"],
    ] as const) assert.equal(readDate(text)?.toISOString(), expected); // prettier-ignore
    for (const none of ["2026", "May 4", "2026-13-01", 5, null, "2026-05-04T25:00"])
      assert.equal(readDate(none), null);
  });

  it("are cut and taken apart by ISO weeks", () => {
    const parts = (text: string) => {
      const date = readDate(text)!;
      return [
        truncateDate(date, "week").slice(0, 10),
        datePart(date, "week"),
        datePart(date, "dayOfWeek"),
        datePart(date, "dayOfYear"),
      ];
    };
    assert.deepEqual(parts("2027-01-03T23:59:59Z"), ["2026-12-28", 53, 7, 3]);
    assert.deepEqual(parts("2027-01-04"), ["2027-01-04", 1, 1, 4]);
    assert.deepEqual(parts("2024-12-31"), ["2024-12-30", 1, 2, 366]);
    assert.deepEqual(parts("0050-03-01"), ["0050-02-28", 9, 2, 60]);
    const date = readDate("1969-12-31T23:59:59.999Z")!;
    assert.deepEqual(
      (["year", "month", "day", "hour", "minute", "second"] as const).map((unit) => truncateDate(date, unit)),
      ["1969-01-01T00:00:00.000Z", "1969-12-01T00:00:00.000Z", "1969-12-31T00:00:00.000Z", "1969-12-31T23:00:00.000Z", "1969-12-31T23:59:00.000Z", "1969-12-31T23:59:59.000Z"],
    ); // prettier-ignore
  });
});
