import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ValidationFailed } from "../../platform/app-error.ts";
import { parseFilter } from "./parse-filter.ts";

const loc = ["body", "filters"];
const faultsOf = (filter: unknown): string[] => {
  try {
    parseFilter(filter, loc);
  } catch (error) {
    if (error instanceof ValidationFailed)
      return error.faults.map((fault) => `${fault.loc.join(".")}: ${fault.msg}`);
    throw error;
  }
  return [];
};
const red = { field: "color", operator: "eq", value: "red" };
const nested = (depth: number): object => (depth === 0 ? red : { AND: [nested(depth - 1)] });

describe("parseFilter", () => {
  it("reads none as null", () => {
    for (const none of [
      null,
      undefined,
      {},
      { AND: [] },
      { NOT: [], OR: null },
      { OR: [{}] },
      { AND: [{ AND: [] }] },
    ]) {
      assert.equal(parseFilter(none, loc), null, JSON.stringify(none));
    }
    assert.notEqual(
      parseFilter({ NOT: [{}] }, loc),
      null,
      "none of everything is a condition: it never holds",
    );
  });

  it("takes one condition in a group's place, and hands case_sensitive down", () => {
    const condition = parseFilter(red, loc);
    assert.ok(condition?.kind === "condition" && !condition.caseSensitive);
    const group = parseFilter(
      { case_sensitive: true, AND: [red, { case_sensitive: false, OR: [red] }, { NOT: [red] }] },
      loc,
    );
    const flags = JSON.stringify(group).match(/"caseSensitive":(true|false)/g);
    assert.deepEqual(flags, ['"caseSensitive":true', '"caseSensitive":false', '"caseSensitive":true']);
  });

  it("lists every fault with its place", () => {
    assert.deepEqual(
      faultsOf({
        AND: [
          { ...red, operator: "equals" },
          { field: "n", operator: "gt" },
          { ...red, operater: "eq" },
        ],
        ORR: [red],
        NOT: { field: "a" },
        case_sensitive: "yes",
      }).map((fault) => fault.slice(0, 90)),
      [
        "body.filters.ORR: Unknown key; did you mean 'OR'?",
        "body.filters.case_sensitive: Input should be a valid boolean",
        "body.filters.AND.0.operator: Unknown operator; known are: eq, ne, gt, lt, gte, lte, in, ni",
        "body.filters.AND.1.value: Field required",
        "body.filters.AND.2.operater: Unknown key; did you mean 'operator'?",
        "body.filters.NOT: Input should be a list of conditions and groups",
      ],
    );
    assert.match(
      faultsOf({ field: "a", operator: "start_with", value: "b" })[0]!,
      /did you mean 'starts_with'/,
    );
    assert.match(faultsOf({ color: "red" })[0]!, /\{"field": "color", "operator": "eq", "value": "red"\}/);
    assert.match(faultsOf([red])[0]!, /Input should be a condition such as/);
    assert.match(faultsOf({ ...red, AND: [] })[0]!, /either a condition or a group/);
    assert.match(faultsOf({ operator: "eq", value: 1 })[0]!, /a condition needs a field/);
    assert.match(faultsOf({ OR: [] })[0]!, /OR needs at least one member/);
  });

  it("refuses values that do not suit their operator", () => {
    const wrong: [string, unknown][] = [
      ["gt", null], ["gt", true], ["lte", ["a"]], ["lt", Number.POSITIVE_INFINITY], ["eq", [1, [Number.POSITIVE_INFINITY]]],
      ["in", "red"], ["in", [["red"]]], ["nin", [{}]], ["contains", ["a"]], ["starts_with", 1], ["ends_with", null],
      ["regex", 1], ["regex", "("], ["text", "?!"], ["text", 1], ["exists", "true"], ["is_null", null],
      ["regex", { type: "dynamic", field: "b" }], ["exists", { type: "dynamic", field: "b" }],
      ["eq", { type: "dynamic" }], ["eq", { type: "dynamic", field: "a..b" }], ["eq", { type: "dynamic", field: "b", x: 1 }],
    ]; // prettier-ignore
    for (const [operator, value] of wrong) {
      assert.equal(
        faultsOf({ field: "a", operator, value }).length,
        1,
        `${operator} ${JSON.stringify(value)}`,
      );
    }
    for (const field of [
      "",
      ".",
      "a.",
      ".a",
      "a..b",
      "_internal.lineage",
      "vectors.text",
      "x".repeat(501),
      5,
    ]) {
      assert.equal(faultsOf({ ...red, field }).length, 1, `field ${field}`);
    }
    assert.deepEqual(faultsOf({ ...red, field: "vectors\\.text" }), []);
  });

  it("wants instants where the server's instants are asked for", () => {
    const at = (operator: string, value: unknown) =>
      faultsOf({ field: "_internal.created_at", operator, value });
    assert.deepEqual(at("gte", "2026-05-04T09:00:00+02:00"), []);
    assert.deepEqual(at("lt", { type: "dynamic", field: "_internal.updated_at" }), []);
    assert.match(at("gte", "2026-05-04")[0]!, /an instant from 1970/);
    assert.match(at("in", ["2026-05-04T09:00:00Z", 5])[0]!, /an instant from 1970/);
    assert.match(at("starts_with", "2026")[0]!, /not for instants/);
    assert.match(at("eq", { type: "dynamic", field: "born" })[0]!, /compare with each other only/);
  });

  it("bounds depth, conditions, patterns, lists and texts", () => {
    assert.deepEqual(faultsOf(nested(10)), []);
    assert.match(faultsOf(nested(11))[0]!, /nested 10 deep at most/);
    assert.equal(faultsOf(nested(5_000)).length, 1);
    assert.deepEqual(faultsOf({ OR: Array.from({ length: 200 }, () => red) }), []);
    assert.match(faultsOf({ OR: Array.from({ length: 201 }, () => red) })[0]!, /at most 200 conditions/);
    const pattern = { field: "a", operator: "regex", value: "a" };
    assert.match(
      faultsOf({ OR: Array.from({ length: 29 }, () => pattern) })[0]!,
      /at most 28 regex conditions/,
    );
    const values = Array.from({ length: 10_000 }, (_, value) => value);
    assert.deepEqual(faultsOf({ field: "a", operator: "in", value: values }), []);
    assert.match(faultsOf({ field: "a", operator: "in", value: [...values, 0] })[0]!, /at most 10000 values/);
    assert.match(
      faultsOf({ field: "a", operator: "eq", value: "x".repeat(10_001) })[0]!,
      /at most 10000 characters/,
    );
    const words = values.slice(0, 29).join(" ");
    assert.match(faultsOf({ field: "a", operator: "text", value: words })[0]!, /words of text conditions/);
    assert.equal(
      faultsOf({ OR: Array.from({ length: 199 }, () => ({ x: 1 })) }).length,
      100,
      "the first hundred faults",
    );
  });
});
