import type { Matrix } from "../matrix.ts";
import { normalizeRows } from "../normalize-rows.ts";
import { Random } from "../random.ts";
import type { Graph } from "./fuzzy-graph.ts";
import type { CheckedOptions } from "./options.ts";
import { placeNewRows } from "./place-new-rows.ts";
import { principalCoordinates } from "./principal-coordinates.ts";
import { spectralLayout } from "./spectral-layout.ts";

const SIDE = 10;
const NOISE = 1e-4;

/**
 * Where the layout starts, float32 [rows, nComponents], as umap-learn's simplicial_set_embedding has it: the larger sides
 * from -10 to 10 and a little noise, then each dimension stretched to 0 to 10. Previous coordinates stay as they are
 * (umap-learn stretches them too, which would lose the map they come from).
 */
export function startingCoordinates(
  x: Matrix,
  graph: Graph,
  options: CheckedOptions,
  checkpoint: () => void,
): { start: Float32Array; components?: number } {
  const { init, nComponents: dims, seed, metric } = options;
  const random = Random.seeded(seed);
  if (typeof init !== "string") return { start: placeNewRows(init, graph, random) };
  if (init === "random") {
    const drawn = Float64Array.from({ length: x.rows * dims }, () => random.uniform());
    return { start: stretched(drawn, dims) };
  }
  const rows = (): Matrix => (metric === "cosine" ? normalizeRows(x) : x);
  if (init === "pca") {
    return { start: stretched(noisy(principalCoordinates(rows(), dims, checkpoint), random), dims) };
  }
  const { coordinates, components } = spectralLayout(graph, rows, dims, random, checkpoint);
  return { start: stretched(noisy(coordinates, random), dims), components };
}

function noisy(coordinates: Float64Array, random: Random): Float64Array {
  const most = coordinates.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const scale = most === 0 ? 1 : SIDE / most;
  // Three uniform numbers make a bell curve of deviation 1/2.
  const bell = (): number => 2 * (random.uniform() + random.uniform() + random.uniform()) - 3;
  return coordinates.map((value) => Math.fround(value * scale) + NOISE * bell());
}

function stretched(coordinates: Float64Array, dims: number): Float32Array {
  const out = new Float32Array(coordinates.length);
  for (let d = 0; d < dims; d++) {
    let least = Infinity;
    let most = -Infinity;
    for (let p = d; p < out.length; p += dims) {
      least = Math.min(least, coordinates[p]!);
      most = Math.max(most, coordinates[p]!);
    }
    const scale = most > least ? SIDE / (most - least) : 0;
    for (let p = d; p < out.length; p += dims) out[p] = (coordinates[p]! - least) * scale;
  }
  return out;
}
