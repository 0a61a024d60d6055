import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as kernels from "../src/index.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the README shows every function, and no other", () => {
  const imported = [...README.matchAll(/import \{ (.+?) \} from "@recluster\/kernels"/g)].flatMap((match) =>
    match[1]!.split(", "),
  );
  const values = Object.keys(kernels).filter((name) => !/^[A-Z_]+$/.test(name));
  assert.deepEqual(imported.sort(), values.sort());
});
