import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { kmeans, type Matrix, normalizeRows, pca } from "#kernels/index.ts";
import { digits } from "../kernels/digits.ts";

/** Real embeddings, and a class for each: one of them is left out of the baseline and is what is new later. */
export interface Embeddings {
  readonly x: Matrix;
  readonly classes: Int32Array;
  /** Clusters that the baseline is grouped into, for the metrics that need centroids. */
  readonly clusters: number;
}

export type Source = "digits" | "pixels" | "texts";

export async function readEmbeddings(source: Source): Promise<Embeddings> {
  if (source === "texts") return texts();
  const { x: pixels, truth } = digits(10_000);
  const x: Matrix = { ...pixels, data: Float32Array.from(pixels.data) };
  const classes = Int32Array.from(truth.data);
  return { x: source === "pixels" ? x : await components(x), classes, clusters: 9 };
}

/** 100 principal components of the 784 pixels, 95 % of their variance, around the origin the pixels have. */
async function components(x: Matrix): Promise<Matrix> {
  const cols = 100;
  const { coordinates, model } = await pca(x, { nComponents: cols });
  const data = coordinates.data.slice();
  for (let c = 0; c < cols; c++) {
    let offset = 0;
    for (let p = 0; p < x.cols; p++) offset += model.mean[p]! * model.components[c * x.cols + p]!;
    for (let row = 0; row < x.rows; row++) data[row * cols + c]! += offset;
  }
  return { data, rows: x.rows, cols };
}

/** 778 passages of documentation by all-MiniLM-L6-v2, 384-d; their classes are eight groups by direction. */
async function texts(): Promise<Embeddings> {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("@sap-ux/fiori-docs-embeddings/package.json"));
  const bytes = readFileSync(join(folder, "data", "embeddings", "embeddings.bin"));
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const x = normalizeRows({ data, rows: data.length / 384, cols: 384 });
  const { labels } = await kmeans(x, { nClusters: 8, metric: "cosine", nInit: 5, seed: 1 });
  return { x, classes: labels, clusters: 7 };
}
