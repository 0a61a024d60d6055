import fc from "fast-check";

import type { PlainDocument } from "./naive-filter.ts";

/** Few names and few values, so that conditions meet documents; among them what SQL, LIKE, JSON and patterns escape. */
const TEXTS = [
  "", "a", "A", "ab", "aB", "Red", "red", "RED apples", "two  red apples", "0", "1", "true", "null", "%", "_", "\\", "'",
  '"', "a%b_c", "Éa", "éa", "e\u0301a", "ÄÖß", "äöẞ", "Ünder_score", "İx", "ix", "ΑΣ", "ας", "ασ", "日本語 text", "😀", "\uffee", "a\nb",
  "2026-05-04", "2026-05-04T09:00:00Z", "$1", "{a}", "a.b", "\u00a0x\u2003y", "don't stop", "infrared", "reddish two", "redapples", "x—y",
]; // prettier-ignore
const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }).map(storable) },
);
const number = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, 1, -1, 1.5, 2, 10, 1e21, 1e-7, 0.1, 9007199254740991) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0) },
);
const scalar = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 3, arbitrary: number },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
);

/** Without what JSON cannot bring, and without the one letter that JavaScript's `\\w` takes for an s. */
function storable(value: string): string {
  return value.replaceAll(/[\0\u017f]/g, "").toWellFormed();
}

const NAMES = ["a", "b", "tags", "n", "x.y", 'we"ird', "it's", "Ä", "created_at"];
const name = fc.constantFrom(...NAMES);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const payload = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true });

const BASE = Date.parse("2026-05-04T09:00:00Z");
const instant = fc.integer({ min: -2, max: 2 }).map((hours) => BASE + hours * 3_600_000);
export const documents: fc.Arbitrary<PlainDocument[]> = fc.uniqueArray(
  fc.record({
    document_id: fc.oneof(fc.constantFrom("a", "A", "doc_1", "b", "red"), fc.uuid()),
    collection_id: fc.constant("col_filters"),
    created_at: instant,
    updated_at: instant,
    payload,
  }),
  { selector: (document) => document.document_id, minLength: 150, maxLength: 150 },
);

const path = fc
  .oneof(
    { weight: 6, arbitrary: name },
    { weight: 3, arbitrary: fc.array(name, { minLength: 2, maxLength: 3 }) },
  )
  .map((names) =>
    (typeof names === "string" ? [names] : names).map((one) => one.replaceAll(/[\\.]/g, "\\$&")).join("."),
  );
const id = fc.constantFrom("document_id", "collection_id", "_internal.document_id");
const keptInstant = fc.constantFrom("_internal.created_at", "_internal.updated_at");
const instantText = fc
  .tuple(instant, fc.constantFrom("Z", "+02:00"))
  .map(([at, offset]) =>
    offset === "Z" ? new Date(at).toISOString() : new Date(at + 7_200_000).toISOString().replace("Z", offset),
  );

/** Of the pattern language, in letters whose case JavaScript and we see alike. */
const pattern = fc.constantFrom(
  "^a", "b$", "^$", "red", "\\bred\\b", "[a-c]+", "^[^a]*$", "é|ä", "\\d", "\\s\\w", ".b", "a.b", "(ab?)+$", "^.{1,2}$", "\\W", "[%_\\\\]", "😀", "\\u{1F600}",
  "(?:a|b){2,}", "日.語",
); // prettier-ignore

const literal = (operator: string, values: fc.Arbitrary<unknown>) =>
  fc.record({
    field: fc.oneof({ weight: 8, arbitrary: path }, { weight: 1, arbitrary: id }),
    operator: fc.constant(operator),
    value: values,
  });
const ordered = fc.oneof(text, number);
const word = fc.constantFrom("red", "Apples red", "two", "ab", "日本語", "x", "y x", "stop don", "é", "text");
const condition = fc.oneof(
  literal("eq", value),
  fc.record({ field: path, value: scalar }),
  literal("ne", value),
  ...["gt", "gte", "lt", "lte"].map((operator) => literal(operator, ordered)),
  ...["in", "nin"].map((operator) => literal(operator, fc.array(scalar, { maxLength: 4 }))),
  literal("contains", scalar),
  literal("starts_with", text),
  literal("ends_with", text),
  literal("regex", pattern),
  literal("text", word),
  literal("exists", fc.boolean()),
  literal("is_null", fc.boolean()),
  fc.record({
    field: fc.oneof(path, id).filter((field) => field !== "created_at"),
    operator: fc.constantFrom("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"),
    value: fc.record({
      type: fc.constant("dynamic"),
      field: fc.oneof(path, id).filter((field) => field !== "created_at"),
    }),
  }),
  fc.record({
    field: keptInstant,
    operator: fc.constantFrom("eq", "ne", "gt", "gte", "lt", "lte"),
    value: fc.oneof(instantText, fc.record({ type: fc.constant("dynamic"), field: keptInstant })),
  }),
  fc.record({
    field: keptInstant,
    operator: fc.constantFrom("in", "nin"),
    value: fc.array(instantText, { maxLength: 2 }),
  }),
  fc.record({
    field: fc.constant("created_at"),
    operator: fc.constantFrom("eq", "ne", "gt", "lte"),
    value: fc.oneof(instantText, text),
  }),
);

/** Groups in groups, down to the limit. */
export const filters: fc.Arbitrary<object> = fc.letrec<{ filter: object; group: object; members: object[] }>(
  (tie) => ({
    members: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }),
    group: fc.record(
      {
        AND: tie("members"),
        OR: tie("members"),
        NOT: tie("members"),
        case_sensitive: fc.constantFrom(true, false, null),
      },
      { requiredKeys: [] },
    ),
    filter: fc.oneof(
      { maxDepth: 9, depthSize: "small" },
      { weight: 3, arbitrary: condition },
      { weight: 2, arbitrary: tie("group") },
    ),
  }),
).filter;
