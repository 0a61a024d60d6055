import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { afterEach, test } from "node:test";

import type { SourceColumn } from "../../documents/formats/source.ts";
import { CommandError } from "../explain-failure.ts";
import { askColumns, asking } from "./ask-columns.ts";

const columns: SourceColumn[] = ["a", "b"].map((name) => ({
  name,
  type: "list<float>",
  kind: "numbers",
  dimensions: null,
}));

/** Asks which column is the vectors, and types the keys at each prompt. */
async function answering(...keys: string[]): Promise<{ chosen: Promise<string[]>; shown: () => string }> {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: "utf8" });
  let shown = "";
  output.on("data", (text: string) => {
    shown += text;
    if (/(\? |: )/.test(text) && keys.length > 0) input.write(keys.shift());
  });
  const mapping = askColumns(columns, null, {}, asking(input, output));
  const chosen = mapping.then(({ vectors }) => vectors.map(({ column }) => column));
  await Promise.allSettled([chosen]);
  return { chosen, shown: () => shown };
}

afterEach(() => (process.exitCode = undefined));

test("a question takes numbers and names, and asks again for anything else", async () => {
  const { chosen, shown } = await answering("3\r", "2,a\r");
  assert.deepEqual(await chosen, ["b", "a"]);
  assert.match(shown(), /1 {2}a {2}list<float>/);
  assert.match(shown(), /Please a number from 1 to 2/);
});

test("Ctrl-C and Ctrl-D at a question end the command, and are no fault of ours", async () => {
  for (const key of ["\x03", "\x04"]) {
    const { chosen } = await answering(key);
    await assert.rejects(chosen, (error) => error instanceof CommandError && /Stopped/.test(error.message));
    assert.equal(process.exitCode, 130);
  }
});
