import assert from "node:assert/strict";
import { test } from "node:test";
import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";

import fc from "fast-check";

import { unpack, type Encoding } from "./unpack.ts";

const MB = 1024 * 1024;
const PACKERS: Record<Encoding, (bytes: Buffer) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: zstdCompressSync,
};
const encodings = Object.keys(PACKERS) as Encoding[];

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) {
    await Promise.resolve();
    yield bytes.subarray(from, from + size);
  }
}

async function unpacked(bytes: Buffer, encoding: Encoding, size = 1000): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of unpack(pieces(bytes, size), encoding)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("what was packed comes out, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...encodings),
      fc.uint8Array({ maxLength: 5000 }),
      fc.integer({ min: 1, max: 999 }),
      async (encoding, content, size) => {
        const bytes = Buffer.from(content);
        assert.deepEqual(await unpacked(PACKERS[encoding](bytes), encoding, size), bytes);
      },
    ),
    { numRuns: 60 },
  );
  const members = Buffer.concat([gzipSync("one"), gzipSync("two")]);
  assert.equal((await unpacked(members, "gzip")).toString(), "onetwo");
});

const text = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `{"a":${Math.sin(i)}}\n`).join(""));

for (const encoding of encodings) {
  test(`${encoding}: cut off, damaged, something else, and data behind the end are told apart from a whole body`, async () => {
    const packed = PACKERS[encoding](text);
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, packed.length >> 1, (packed.length >> 1) + 50);
    const broken: [string, Buffer, RegExp][] = [
      ["nothing", Buffer.alloc(0), /ends too early: the compressed data is cut off \(after 0 bytes/],
      ["one byte", packed.subarray(0, 1), /ends too early/],
      ["cut off at the end", packed.subarray(0, packed.length - 3), /ends too early.*unpacked to \d+/],
      ["cut off in the middle", packed.subarray(0, packed.length >> 1), /ends too early/],
      ["damaged", damaged, /is damaged or not/],
      ["another encoding", Buffer.from('{"documents":[]} and some more of it'), /is damaged or not/],
    ];
    for (const [name, bytes, message] of broken) {
      await assert.rejects(unpacked(bytes, encoding), { code: "invalid_encoding", message }, name);
    }
    for (const size of [1000, packed.length, packed.length + 100]) {
      await assert.rejects(
        unpacked(Buffer.concat([packed, Buffer.from("more"), Buffer.alloc(5000, "x")]), encoding, size),
        { code: "invalid_encoding" },
        `data behind the end, in pieces of ${size}`,
      );
    }
  });

  test(`${encoding}: a bomb is refused with its figures before it has grown large`, async () => {
    const bomb = PACKERS[encoding](Buffer.alloc(64 * MB));
    let most = 0;
    const run = async () => {
      for await (const chunk of unpack(pieces(bomb, 1000), encoding)) most += chunk.length;
    };
    await assert.rejects(run(), (error: { code: string; details: Record<string, number> }) => {
      assert.equal(error.code, "body_too_large");
      const { packed_bytes: packed, unpacked_bytes: grown, max_ratio: ratio } = error.details;
      assert.ok(grown! > ratio! * packed!);
      return true;
    });
    assert.ok(most <= 8 * MB, `${most} bytes`);
  });
}

test("small and well-packed bodies are no bombs", async () => {
  const zeros = Buffer.alloc(4 * MB, "0");
  assert.equal((await unpacked(gzipSync(zeros), "gzip")).length, zeros.length);
  const repetitive = Buffer.from(
    Array.from({ length: 200_000 }, (_, i) => `{"document_id":"d${i}","payload":{"kind":"fruit"}}\n`).join(
      "",
    ),
  );
  assert.equal((await unpacked(gzipSync(repetitive), "gzip", 65_536)).length, repetitive.length);
});

test("raw deflate and a zstd window that is too large are refused, not guessed at", async () => {
  await assert.rejects(unpacked(deflateRawSync(text), "deflate"), { code: "invalid_encoding" });
  const wide = zstdCompressSync(Buffer.alloc(32 * MB), {
    params: {
      [constants.ZSTD_c_windowLog]: 27,
      [constants.ZSTD_c_enableLongDistanceMatching]: 1,
      [constants.ZSTD_c_contentSizeFlag]: 0,
    },
  });
  await assert.rejects(unpacked(wide, "zstd"), { code: "invalid_encoding", message: /memory|window/i });
});

test("what fails in front of the unpacking comes out of it", async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield gzipSync(text).subarray(0, 100);
    await Promise.resolve();
    throw Object.assign(new Error("the client went away"), { name: "Gone" });
  }
  const run = async () => {
    for await (const _ of unpack(failing(), "gzip"));
  };
  await assert.rejects(run(), /the client went away/);
});
