import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { errorCodes } from "./error-codes.ts";

interface Documented {
  readonly status: number;
  readonly type: string;
}

/** The rows of docs/errors.md: status and type stand in the row, or in the heading above it. */
async function readDocumented(): Promise<Record<string, Documented>> {
  const text = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const found: Record<string, Documented> = {};
  let heading: Documented | undefined;
  for (const line of text.split("\n")) {
    const title = /^## (?:(\d{3}) (\w+))?/.exec(line);
    if (title) heading = title[1] ? { status: Number(title[1]), type: title[2]! } : undefined;
    const row = /^\| +(?:(\d{3}) +\| +)?`(\w+)` +\|(?: +(\w+Error) +\|)?/.exec(line);
    if (!row) continue;
    const [, status, code, type] = row;
    assert.ok(!(code! in found), `${code} is documented twice`);
    found[code!] = status && type ? { status: Number(status), type } : heading!;
  }
  return found;
}

test("docs/errors.md and the registry name the same codes, with the same status and type", async () => {
  assert.deepEqual(Object.entries(await readDocumented()).sort(), Object.entries(errorCodes).sort());
});
