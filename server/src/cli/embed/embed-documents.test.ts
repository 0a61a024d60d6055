import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import type { NewDocument } from "#client/documents.ts";
import { writeTextModel } from "../../../../test/factories/text-model.ts";
import { CommandError } from "../explain-failure.ts";
import { embedDocuments, type EmbedDocumentsOptions, emptyReport } from "./embed-documents.ts";
import { type LocalEmbedder, openLocalEmbedder } from "./local/open-local-embedder.ts";

let folder: string;
let embedder: LocalEmbedder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "recluster-test-"));
  embedder = await openLocalEmbedder(await writeTextModel(folder, { maxTokens: 6 }));
});
after(async () => {
  await embedder.close();
  await rm(folder, { recursive: true, force: true });
});

const USUAL = { feature: "text", textPaths: ["title", "text", "content"], skipEmpty: false };

async function embedAll<T extends NewDocument>(
  source: Iterable<T> | AsyncIterable<T>,
  options: Partial<EmbedDocumentsOptions<T>> = {},
) {
  const report = emptyReport();
  const documents = await collect(embedDocuments(source, embedder, { ...USUAL, ...options }, report));
  return { documents, report };
}

async function vectorOf(text: string): Promise<number[]> {
  const [outcome] = await embedder.embed([text]);
  assert.ok(outcome && "vector" in outcome);
  return [...outcome.vector];
}

const COLOURS = ["red", "green", "blue", "apple", "pear"];

describe("documents of text get vectors", () => {
  it("in their order, over several windows, with what they carry beside", async () => {
    const source = Array.from({ length: 1_300 }, (_, index) => ({
      document_id: `d${index}`,
      payload: { text: `${COLOURS[index % 5]} ${"boat ".repeat(index % 3)}`, index },
      vectors: { other: [index] },
      row: index,
    }));
    const counts: number[] = [];
    const { documents, report } = await embedAll(source, { onProgress: (texts) => counts.push(texts) });
    assert.deepEqual(
      documents.map(({ document_id, payload, row, vectors }) => [
        document_id,
        payload.index,
        row,
        vectors.other,
      ]),
      source.map((_, index) => [`d${index}`, index, index, [index]]),
    );
    for (const index of [0, 511, 512, 1_299]) {
      const vectors: Readonly<Record<string, readonly number[]>> = documents[index]!.vectors;
      near(vectors.text!, await vectorOf(source[index]!.payload.text));
    }
    assert.deepEqual({ ...report }, { ...emptyReport(), documents: 1_300, embedded: 1_300 });
    assert.equal(counts.at(-1), 1_300);
    assert.ok(counts.length > 10 && counts.every((count, at) => at === 0 || count >= counts[at - 1]!));
  });

  it("of what the payload has at the paths, joined by lines; lists and numbers too", async () => {
    const { documents } = await embedAll(
      [{ payload: { title: "Red", text: null, content: ["apple", " ", "pear"], other: "boat" } }, { payload: { title: 7 } }],
    ); // prettier-ignore
    near(documents[0]!.vectors.text!, await vectorOf("Red\napple\npear"));
    near(documents[1]!.vectors.text!, await vectorOf("7"));
    const named = await embedAll([{ payload: { "a.b": "red", a: { b: "green", c: { d: "blue" } } } }], {
      textPaths: ["a.c.d", "a.b"],
      prefix: "passage: ",
    });
    near(named.documents[0]!.vectors.text!, await vectorOf("passage: blue\nred"));
  });

  it("names each without text and goes on, or leaves it out as asked", async () => {
    const source = [
      { document_id: "a", payload: { text: "red" } },
      { document_id: "b", payload: { text: " \n" } },
      { payload: {} },
      {},
      { document_id: "c", payload: { text: { en: "green" } } },
      { document_id: "d", payload: { text: ["green", false] } },
      { document_id: "e", payload: { text: "a long text of more than six tokens" } },
    ];
    const { documents, report } = await embedAll(source);
    const ids = (list: readonly NewDocument[]) => list.map((document) => document.document_id);
    assert.deepEqual(ids(documents), ["a", "e"]);
    const empty = "no text in title, text, content";
    const wrong = [
      { where: "document 4 (c)", message: "text is an object, not text" },
      { where: "document 5 (d)", message: "text holds false, not text" },
    ];
    assert.deepEqual(report, {
      documents: 7,
      embedded: 2,
      cut: 1,
      skipped: 0,
      faults: [
        { where: "document 1 (b)", message: empty },
        { where: "document 2", message: empty },
        { where: "document 3", message: empty },
        ...wrong,
      ],
      faultCount: 5,
    });
    const where = (document: NewDocument, index: number) => `line ${index + 1} ${document.document_id}`;
    const skipping = await embedAll(source, { skipEmpty: true, where });
    assert.deepEqual(ids(skipping.documents), ["a", "e"]);
    assert.equal(skipping.report.skipped, 3);
    assert.deepEqual(
      skipping.report.faults.map((fault) => fault.where),
      ["line 5 c", "line 6 d"],
    );
  });

  it("stops at once when nothing has text there, and says what there is", async () => {
    let taken = 0;
    const source = function* () {
      for (;;) yield { payload: { headline: `red ${taken++}`, author: "x" } };
    };
    await assert.rejects(embedAll(source()), (error: Error) => {
      assert.ok(error instanceof CommandError);
      assert.match(
        error.message,
        /first 512 documents has text in title, text, content; .*has: headline, author\. .*--text-columns/,
      );
      return true;
    });
    assert.ok(taken <= 513);
    await assert.rejects(
      embedAll([{ payload: {} }], { skipEmpty: true }),
      /None of the 1 documents could be embedded/,
    );
    assert.deepEqual((await embedAll([])).documents, []);
  });

  it("does not replace vectors a document brings", async () => {
    const source = [
      { payload: { text: "red" } },
      { document_id: "b", payload: { text: "red" }, vectors: { text: [1] } },
    ];
    await assert.rejects(
      embedAll<NewDocument>(source),
      /document 1 \(b\) has a vector 'text' already.*--feature/,
    );
    assert.equal((await embedAll<NewDocument>(source, { feature: "mine" })).documents.length, 2);
  });

  it("passes on what fails in the source or the model", async () => {
    const failing = function* (): Generator<NewDocument> {
      yield* Array.from({ length: 600 }, () => ({ payload: { text: "red" } }));
      throw new CommandError("line 601 is broken");
    };
    await assert.rejects(embedAll(failing()), /line 601 is broken/);
    const closed = await openLocalEmbedder(folder);
    await closed.close();
    await assert.rejects(collect(embedDocuments([{ payload: { text: "red" } }], closed, USUAL)), /closed/);
  });
});

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

function near(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  assert.ok(
    actual.every((value, column) => Math.abs(value - expected[column]!) < 1e-6),
    `${actual.join()} is not ${expected.join()}`,
  );
}
