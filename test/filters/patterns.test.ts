import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import fc from "fast-check";
import { sql } from "kysely";

import { foldCase } from "../../server/src/documents/filters/fold-case.ts";
import { PatternRefused, translateRegex } from "../../server/src/documents/filters/regex/translate-regex.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { patterns, texts } from "./random-patterns.ts";

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env.FILTERS ?? 1_000);

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.close());

/** As condition-sql.ts matches. */
async function matched(pattern: string, exact: boolean, given: readonly string[]): Promise<boolean[]> {
  const { rows } = await sql<{ matched: boolean }>`
    select ${exact ? sql`t.text` : sql`lower(t.text collate "pg_c_utf8")`} collate "C" ~ ${translateRegex(pattern, exact)}::text as matched
    from jsonb_array_elements_text(${JSON.stringify(given)}::jsonb) with ordinality as t (text, position) order by position`.execute(
    database.db.sql,
  );
  return rows.map((row) => row.matched);
}

describe(`patterns, seed ${seed}`, () => {
  it("match what JavaScript's match", { timeout: 600_000 }, async (t) => {
    const counts = { taken: 0, refused: 0, some: 0 };
    await fc.assert(
      fc.asyncProperty(patterns, texts, fc.boolean(), async (pattern, given, exact) => {
        const regex = new RegExp(pattern, exact ? "u" : "iu");
        try {
          const found = await matched(pattern, exact, given);
          assert.deepEqual(
            found,
            given.map((text) => regex.test(text)),
          );
          counts.taken++;
          if (found.includes(true) && found.includes(false)) counts.some++;
        } catch (error) {
          if (!(error instanceof PatternRefused)) throw error;
          assert.match(error.message, /repeat|stand/);
          counts.refused++;
        }
      }),
      { seed, numRuns: runs },
    );
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.some > runs / 10, JSON.stringify(counts));
  });

  it("match classes of Unicode as JavaScript does", async () => {
    const characters = Array.from({ length: 0x3100 }, (_, code) => String.fromCodePoint(code + 1));
    for (const pattern of ["\\p{L}", "\\p{Lu}", "[\\p{Nd}\\p{P}]", "\\P{L}", "\\s", "\\w", "."]) {
      const regex = new RegExp(pattern, "u");
      assert.deepEqual(
        await matched(pattern, true, characters),
        characters.map((character) => regex.test(character)),
        pattern,
      );
    }
  });

  it("lower every letter as PostgreSQL does", async () => {
    const { rows } = await sql<{ code: number; lower: number }>`
      select code, ascii(lower(chr(code) collate "pg_c_utf8")) as lower from generate_series(1, 65535) as code
      where code not between 55296 and 57343`.execute(database.db.sql);
    const different = rows.filter(
      ({ code, lower }) => foldCase(String.fromCodePoint(code)) !== String.fromCodePoint(lower),
    );
    // Latin letters that Unicode 17 added, and PostgreSQL 18 does not have.
    assert.deepEqual(
      different.map(({ code }) => code.toString(16)).filter((code) => !/^a7(ce|d2|d4)$/.test(code)),
      [],
    );
  });

  /**
   * Each of these takes JavaScript's own engine longer than the universe has been there, for the longer text. Eight times the text may
   * take 24 times as long: a quadratic match would take 64 times.
   */
  it("cost linear time", { timeout: 120_000 }, async (t) => {
    for (const [pattern, letters] of [
      ["(a+)+$", "a"],
      ["(a|a)*b", "a"],
      ["^(.*a){20}$", "a"],
      ["(x+x+)+y", "x"],
      ["^(a|aa)+$", "a"],
      ["(.*)*x", "ab"],
      ["^(a?){60}a{60}$", "a"],
      ["(a|b)*a(a|b){20}c", "aababbabaaabbbab"],
      ["\\b(\\w+\\s?)+!", "ab "],
      ["(.*,){11}P", "1,"],
    ] as const) {
      // prettier-ignore
      const translated = translateRegex(pattern, false);
      const timed = async (characters: number) => {
        const times: number[] = [];
        for (let round = 0; round < 3; round++) {
          const started = performance.now();
          const { rows } = await sql<{ matched: boolean }>`
            select (repeat(${letters}, ${characters / letters.length}::int) || '?') collate "C" ~ ${translated}::text as matched`.execute(
            database.db.sql,
          );
          times.push(performance.now() - started);
          assert.equal(rows[0]!.matched, false, pattern);
        }
        return Math.min(...times);
      };
      const short = await timed(96_000);
      const long = await timed(8 * 96_000);
      t.diagnostic(`${pattern}: ${short.toFixed(1)} ms, ${long.toFixed(1)} ms`);
      assert.ok(
        long <= 24 * Math.max(short, 3),
        `${pattern}: ${short} ms, then ${long} ms for 8 times the text`,
      );
    }
  });
});
