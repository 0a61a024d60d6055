import { readFileSync } from "node:fs";

import type { Matrix } from "../src/index.ts";

const HERE = new URL("./golden/", import.meta.url);
const EMBEDDINGS = "@sap-ux/fiori-docs-embeddings/data/embeddings/embeddings.bin";

export function readGolden<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, HERE), "utf8")) as T;
}

/** The rows a golden file of a folder was made from, and the centres its fit starts from. */
export function goldenRows(name: string): { x: Matrix; start: Matrix } {
  if (name !== "embeddings") {
    const { cols, x, init } = readGolden<{ cols: number; x: number[]; init: number[] }>(`${name}.json`);
    return {
      x: { data: Float32Array.from(x), rows: x.length / cols, cols },
      start: { data: Float32Array.from(init), rows: init.length / cols, cols },
    };
  }
  const bytes = readFileSync(new URL(`../../node_modules/${EMBEDDINGS}`, import.meta.url));
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const cols = 384;
  const start = new Float32Array(12 * cols);
  for (let j = 0; j < 12; j++) start.set(data.subarray(j * 60 * cols, (j * 60 + 1) * cols), j * cols);
  return { x: { data, rows: data.length / cols, cols }, start: { data: start, rows: 12, cols } };
}

/** Whether the two differ by at most `relative`. */
export function isNear(actual: number, expected: number, relative: number): boolean {
  return Math.abs(actual - expected) <= relative * Math.abs(expected);
}
