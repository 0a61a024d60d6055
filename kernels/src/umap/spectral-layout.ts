import type { Matrix } from "../matrix.ts";
import type { Random } from "../random.ts";
import { componentOf, connectedComponents } from "./connected-components.ts";
import type { Graph } from "./fuzzy-graph.ts";
import { largestEigenpairs } from "./lanczos.ts";
import { principalCoordinates } from "./principal-coordinates.ts";

/**
 * The eigenvectors of the smallest eigenvalues but the first of the normalised Laplacian (umap-learn's spectral_layout). A
 * graph in several pieces is laid out piece by piece, each within half its distance to the next (multi_component_layout).
 * Where umap-learn places more pieces than twice the dimensions by a spectral embedding of exp(-d²), which for far centres
 * is 0 and arbitrary, here the centres' principal coordinates do.
 *
 * @param rows the data, looked at only for that
 * @returns float64 [rows, dims]
 */
export function spectralLayout(
  graph: Graph,
  rows: () => Matrix,
  dims: number,
  random: Random,
  checkpoint: () => void,
): { coordinates: Float64Array; components: number } {
  const { labels, count } = connectedComponents(graph);
  if (count === 1) return { coordinates: layOut(graph, dims, random, checkpoint), components: 1 };
  const coordinates = new Float64Array(graph.rows * dims);
  const places =
    count > 2 * dims ? centrePlaces(rows(), labels, count, dims, checkpoint) : axisPlaces(count, dims);
  for (let label = 0; label < count; label++) {
    const { part, members } = componentOf(graph, labels, label);
    const inner = layOut(part, dims, random, checkpoint);
    const reach = halfwayToNext(places, label, dims) / largestSize(inner);
    for (const [i, row] of members.entries()) {
      for (let d = 0; d < dims; d++) {
        coordinates[row * dims + d] = inner[i * dims + d]! * reach + places[label * dims + d]!;
      }
    }
  }
  return { coordinates, components: count };
}

/** Vectors of [rows] float32 that the search for eigenvectors keeps. */
export function spectralBasis(dims: number): number {
  return 2 * dims + 36;
}

/** A connected graph; random where it is too small for as many eigenvectors. */
function layOut(graph: Graph, dims: number, random: Random, checkpoint: () => void): Float64Array {
  const { rows, starts, tails, weights } = graph;
  const out = new Float64Array(rows * dims);
  if (rows < 2 * dims || rows <= dims + 1) return out.map(() => 2 * random.uniform() - 1);
  const degrees = new Float64Array(rows);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    for (let p = starts[i]!; p < starts[i + 1]!; p++) degrees[i]! += weights[p]!;
    total += degrees[i]!;
  }
  const scaled = new Float32Array(weights.length);
  for (let i = 0; i < rows; i++) {
    for (let p = starts[i]!; p < starts[i + 1]!; p++) {
      scaled[p] = weights[p]! / Math.sqrt(degrees[i]! * degrees[tails[p]!]!);
    }
  }
  const apply = (x: Float32Array, product: Float64Array): void => {
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      const end = starts[i + 1]!;
      for (let p = starts[i]!; p < end; p++) sum += scaled[p]! * x[tails[p]!]!;
      product[i] = sum;
    }
  };
  const { vectors } = largestEigenpairs(
    { size: rows, apply },
    {
      count: dims,
      // umap-learn keeps √rows vectors; few of them and more restarts take half the time of 128 and a third of the memory.
      basis: spectralBasis(dims),
      tolerance: 1e-4,
      products: 1000,
      known: Float32Array.from(degrees, (degree) => Math.sqrt(degree / total)),
      checkpoint,
    },
  );
  for (const [d, vector] of vectors.entries()) for (let i = 0; i < rows; i++) out[i * dims + d] = vector[i]!;
  return out;
}

/** One place on each half axis, at distance 1 from the middle. */
function axisPlaces(count: number, dims: number): Float64Array {
  const places = new Float64Array(count * dims);
  const half = Math.ceil(count / 2);
  for (let label = 0; label < count; label++) {
    places[label * dims + (label % half)] = label < half ? 1 : -1;
  }
  return places;
}

function centrePlaces(
  x: Matrix,
  labels: Int32Array,
  count: number,
  dims: number,
  checkpoint: () => void,
): Float64Array {
  const sums = new Float64Array(count * x.cols);
  const sizes = new Float64Array(count);
  for (const [i, label] of labels.entries()) {
    sizes[label]!++;
    for (let c = 0; c < x.cols; c++) sums[label * x.cols + c]! += x.data[i * x.cols + c]!;
  }
  const data = Float32Array.from(sums, (sum, p) => sum / sizes[Math.floor(p / x.cols)]!);
  const places = principalCoordinates({ data, rows: count, cols: x.cols }, dims, checkpoint);
  const most = largestSize(places);
  return places.map((value) => value / most);
}

/** Half the distance to the nearest other place; 1 where all are the same. */
function halfwayToNext(places: Float64Array, label: number, dims: number): number {
  let nearest = Infinity;
  for (let other = 0; other < places.length; other += dims) {
    let squared = 0;
    for (let d = 0; d < dims; d++) squared += (places[label * dims + d]! - places[other + d]!) ** 2;
    if (squared > 0 && squared < nearest) nearest = squared;
  }
  return nearest === Infinity ? 1 : Math.sqrt(nearest) / 2;
}

function largestSize(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most === 0 ? 1 : most;
}
