import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { touchedTests } from "./touched-tests.ts";

const FILES: Record<string, string> = {
  "server/src/a.test.ts": 'import { a } from "./a.ts";\nimport { describe } from "node:test";',
  "server/src/a.ts":
    'import type { b } from "#contract/b.ts";\nexport const a = siblingModule(import.meta.url, "child");',
  "server/src/child.ts": 'void import("./late.ts");',
  "server/src/late.ts": 'export { c } from "./circle.ts";',
  "server/src/circle.ts": 'import "./late.ts";',
  "contract/src/b.ts": "export type b = 1;",
  "server/src/golden.test.ts": 'const GOLDEN = new URL("../../golden/", import.meta.url);',
  "server/src/alone.test.ts": "",
};
const TESTS = Object.keys(FILES).filter((file) => file.endsWith(".test.ts"));
let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), "recluster-test-"));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
});
after(() => rmSync(root, { recursive: true }));

test("a test is touched by itself, by what it imports however far away, starts or reads", () => {
  const touched = (...changed: string[]) => touchedTests(TESTS, changed, root);
  const [a, golden, alone] = TESTS as [string, string, string];
  assert.deepEqual(touched(alone), [alone]);
  for (const file of ["a.ts", "child.ts", "late.ts", "circle.ts"])
    assert.deepEqual(touched(`server/src/${file}`), [a]);
  assert.deepEqual(touched("contract/src/b.ts"), [a]);
  assert.deepEqual(touched("golden/deep/one.json", "server/src/nobody.ts"), [golden]);
  assert.deepEqual(touched("README.md"), []);
  assert.deepEqual(touched("package-lock.json"), TESTS);
  assert.deepEqual(touched("scripts/run-test-file.ts", "README.md"), TESTS);
});
