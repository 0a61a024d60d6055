import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { splitDocuments } from "./split-documents.ts";
import { splitLines } from "./split-lines.ts";

async function* inPieces(text: string, sizes: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  await Promise.resolve();
  for (let from = 0, i = 0; from < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

const pieces = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

test("finds the same documents as JSON.parse, however the body is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue()),
      fc.constantFrom(0, 1, 3),
      pieces,
      async (documents, indent, sizes) => {
        const text = JSON.stringify({ documents }, null, indent);
        const found: unknown[] = [];
        for await (const bytes of splitDocuments(inPieces(text, sizes)))
          found.push(JSON.parse(bytes.toString()));
        assert.deepEqual(found, JSON.parse(text).documents);
      },
    ),
  );
});

test("no prefix of a body passes for a whole one", async () => {
  const text = '{"documents": [{"a": "]}"}, [1, {}], 7]}';
  for (let length = 0; length < text.length; length++) {
    await assert.rejects(async () => {
      for await (const _ of splitDocuments(inPieces(text.slice(0, length), [3])));
    }, `the first ${length} characters`);
  }
});

test("finds the same lines as split, however the body is cut", async () => {
  const line = fc.string({ unit: fc.constantFrom("a", " ", "\n", "\r", "ü") });
  await fc.assert(
    fc.asyncProperty(line, pieces, async (text, sizes) => {
      const found: [number, string][] = [];
      for await (const { number, bytes } of splitLines(inPieces(text, sizes)))
        found.push([number, bytes.toString()]);
      const expected = text.split("\n").map((content, i): [number, string] => [i + 1, content]);
      assert.deepEqual(
        found,
        expected.filter(([, content]) => content.trim() !== ""),
      );
    }),
  );
});
