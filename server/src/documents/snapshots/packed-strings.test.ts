import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { chunkOf, cutStrings, PackedStrings } from "./packed-strings.ts";

const pack = (texts: readonly string[]) =>
  chunkOf(
    texts.join(""),
    texts.map((text) => Buffer.byteLength(text)),
  );
const wellFormed = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());

test("gives back what was packed, by position and in a row, over any chunks", () => {
  fc.assert(
    fc.property(fc.array(fc.array(wellFormed)), (chunks) => {
      const packed = new PackedStrings(chunks.map(pack));
      const all = chunks.flat();
      assert.equal(packed.length, all.length);
      assert.deepEqual([...packed], all);
      assert.deepEqual(
        all.map((_, i) => packed.get(i)),
        all,
      );
    }),
  );
});

test("cuts between characters, and says how many strings it cut", () => {
  fc.assert(
    fc.property(fc.array(wellFormed), fc.integer({ min: 1, max: 12 }), (texts, most) => {
      const { chunk, cut } = cutStrings(pack(texts), most);
      const shorter = [...new PackedStrings([chunk])];
      assert.equal(shorter.length, texts.length);
      assert.equal(cut, texts.filter((text) => Buffer.byteLength(text) > most).length);
      for (const [i, text] of texts.entries()) {
        assert.ok(text.startsWith(shorter[i]!) && shorter[i]!.isWellFormed());
        const next = String.fromCodePoint(text.codePointAt(shorter[i]!.length) ?? 0);
        const isLongest = Buffer.byteLength(shorter[i]! + next) > most;
        assert.ok(shorter[i] === text || isLongest, `'${text}' was cut to '${shorter[i]}'`);
      }
    }),
  );
});
