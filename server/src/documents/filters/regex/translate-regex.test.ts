import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { PatternRefused, translateRegex } from "./translate-regex.ts";

const taken = (pattern: string, caseSensitive = true) => translateRegex(pattern, caseSensitive);
const refused = (pattern: string): string => {
  try {
    translateRegex(pattern, false);
  } catch (error) {
    if (error instanceof PatternRefused) return error.message;
    throw error;
  }
  return "taken";
};

describe("translateRegex", () => {
  it("writes out what the two languages read differently", () => {
    assert.equal(taken("^a.b$"), "***:\\Aa[^\\u000a\\u000d\\u2028-\\u2029]b\\Z");
    assert.equal(taken("\\bx\\d+?\\b"), "***:\\yx[0-9]+\\y");
    assert.equal(taken("[^]|[]"), "***:.|[^\\u0001-\\U0010ffff]");
    assert.equal(taken("(?<year>\\d{4})\\.*"), "***:(?:[0-9]{4})\\u002e*");
    assert.equal(
      taken("***:(?i)".replaceAll("*", "\\*").replace("(?i)", "x")),
      "***:\\u002a\\u002a\\u002a\\u003ax",
    );
  });

  it("brings letters and classes to lower case, and negates after that", () => {
    assert.equal(taken("AÉ", false), "***:a\\u00e9");
    assert.equal(taken("[B-D]", false), "***:[b-d]");
    assert.equal(taken("[^A]", false), "***:[^a]");
    assert.equal(taken("\\W", false), "***:[^0-9_a-z]");
  });

  it("refuses what has no translation", () => {
    for (const [pattern, reason] of [
      ["(?=a)", /look-ahead/], ["(?<!a)b", /look-behind/], ["(a)\\1", /back-references/], ["(?<n>a)\\k<n>", /back-references/],
      ["(?i:a)", /modifiers/], ["\\p{Script=Greek}", /general categories/], ["(", /cannot be read/], ["a**", /cannot be read/],
      ["\\8", /cannot be read/], ["x".repeat(1_001), /at most 1000/],
    ] as const) assert.match(refused(pattern), reason, pattern); // prettier-ignore
    assert.equal(refused("\\p{L}[\\p{Nd}_]"), "taken");
  });

  it("refuses what PostgreSQL would compile for seconds or minutes", () => {
    for (const [pattern, reason] of [
      ["((a{0,255}){0,255}){0,255}", /billions|characters when/], ["a{256}", /255 at most/], ["(a{100}){11}", /1100 characters/],
      ["(a?){250}", /optional parts/], ["a?".repeat(300), /optional parts/], ["(?:b|c|.?){0,200}x{0,255}", /optional parts/],
      ["(?:^|$|a*)".repeat(8), /at most 8/], ["(?:\\b|a*)".repeat(12), /at most 8/], ["(?:a*b*c*d*\\b)".repeat(8), /among too many/],
      ["(?:^a?)*", /cannot be repeated/], ["(\\bfoo){2}", /cannot be repeated/], ["\\p{L}".repeat(50), /too many classes/],
    ] as const) assert.match(refused(pattern), reason, pattern); // prettier-ignore
  });

  it("takes the patterns people write", () => {
    for (const pattern of [
      "^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$",
      "\\bfoo\\b|\\bbar\\b|\\bbaz\\b|\\bqux\\b",
      "^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)$",
      "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+\\-]\\d{2}:\\d{2})?)?$",
      "^[0-9a-f]{8}-[0-9a-f]{4}-[0-5][0-9a-f]{3}-[089ab][0-9a-f]{3}-[0-9a-f]{12}$",
      "error.*timeout|timeout.*error",
      "(a+)+$",
    ]) assert.equal(refused(pattern), "taken", pattern); // prettier-ignore
  });
});
