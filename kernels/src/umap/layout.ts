import { scheduler } from "node:timers/promises";
import type { Curve } from "./curve-parameters.ts";
import { tabulateForces } from "./forces.ts";
import type { Graph } from "./fuzzy-graph.ts";
import { scrambled } from "../random.ts";
import { type LayoutProgram, layoutProgram } from "./layout-program.ts";

export type LayoutOptions = {
  readonly dims: number;
  readonly curve: Curve;
  readonly nEpochs: number;
  /** Step size of the first epochs; it falls to 0 in a straight line. */
  readonly learningRate: number;
  readonly repulsionStrength: number;
  readonly negativeSampleRate: number;
  readonly seed: number;
  /** Places that edges lead to and that stand still, float32 [targets, dims]; without them the points' own. */
  readonly targets?: Float32Array;
  /** Called between two epochs with the fraction done. */
  readonly checkpoint: (fraction: number) => void;
};

/** Edge uses between two turns of the event loop, about 5 ms. */
const USES_A_TURN = 100_000;

/**
 * Moves points, float32 [rows, dims], where the graph's edges pull them and all others push them (umap-learn's
 * optimize_layout_euclidean), an edge as often as its weight says. One after the other on one thread, in compiled
 * WebAssembly: with exact neighbours this is the smaller part of a fit, and no order of threads can change the result.
 */
export async function layOut(
  graph: Graph,
  start: Float32Array,
  options: LayoutOptions,
): Promise<Float32Array> {
  const { dims, nEpochs, learningRate, checkpoint } = options;
  const { run, points } = load(graph, start, options);
  const usesAnEpoch = graph.weights.length / 4;
  for (let epoch = 0, uses = 0; epoch < nEpochs; epoch++) {
    checkpoint(epoch / nEpochs);
    // umap-learn lowers the rate after an epoch, so the first two have the same.
    const rate = learningRate * (1 - Math.max(0, epoch - 1) / nEpochs);
    run(epoch, rate, streamOf(options.seed, epoch), 0, graph.rows);
    uses += usesAnEpoch;
    if (uses < USES_A_TURN) continue;
    uses = 0;
    await scheduler.yield();
  }
  return unpadded(points, dims, graph.rows);
}

/** As much of the global as is used; Node's types have none and the browser's library is not loaded. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number }) => WasmMemory;
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (
    module: object,
    imports: { host: { memory: WasmMemory } },
  ) => { exports: Record<string, unknown> };
};
type WasmMemory = { readonly buffer: ArrayBuffer };

type Run = (epoch: number, rate: number, stream: number, first: number, last: number) => void;

/** The program with everything it needs in its memory; `points` are the padded rows there. */
function load(graph: Graph, start: Float32Array, options: LayoutOptions): { run: Run; points: Float32Array } {
  const { dims, curve, targets, negativeSampleRate } = options;
  const heaviest = graph.weights.reduce((a, b) => Math.max(a, b), 0);
  const periods = graph.weights.map((weight) => heaviest / weight);
  const { pull, push } = tabulateForces(curve.a, curve.b, options.repulsionStrength);
  const points = padded(start, dims);
  const parts = {
    points,
    targets: targets === undefined ? new Float32Array(0) : padded(targets, dims),
    starts: graph.starts,
    tails: graph.tails,
    periods,
    due: periods,
    pull,
    push,
  };
  let bytes = 0;
  const places = new Map<string, number>();
  for (const [name, { byteLength }] of Object.entries(parts)) {
    places.set(name, bytes);
    bytes += Math.ceil(byteLength / 16) * 16;
  }
  const pages = Math.ceil(bytes / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages });
  for (const [name, part] of Object.entries(parts)) {
    const source = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    new Uint8Array(memory.buffer, places.get(name), part.byteLength).set(source);
  }
  const at = (name: keyof typeof parts): number => places.get(name)!;
  const program: LayoutProgram = {
    dims,
    points: at("points"),
    targets: targets === undefined ? at("points") : at("targets"),
    targetCount: (targets ?? start).length / dims,
    movesTargets: targets === undefined,
    ...{ starts: at("starts"), tails: at("tails"), periods: at("periods"), due: at("due") },
    ...{ pull: at("pull"), push: at("push") },
    pushes: negativeSampleRate,
    pages,
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(layoutProgram(program)), {
    host: { memory },
  });
  return {
    run: instance.exports.run as Run,
    points: new Float32Array(memory.buffer, at("points"), points.length),
  };
}

function streamOf(seed: number, epoch: number): number {
  const low = scrambled(0x9e3779b9 ^ (seed | 0));
  return scrambled(scrambled(low ^ Math.floor(seed / 2 ** 32)) + epoch);
}

/** Rows to whole vectors of four, the rest 0. */
function padded(rows: Float32Array, dims: number): Float32Array {
  const width = Math.ceil(dims / 4) * 4;
  const out = new Float32Array((rows.length / dims) * width);
  for (const [p, value] of rows.entries()) out[Math.floor(p / dims) * width + (p % dims)] = value;
  return out;
}

function unpadded(points: Float32Array, dims: number, rows: number): Float32Array {
  const width = Math.ceil(dims / 4) * 4;
  return Float32Array.from(
    { length: rows * dims },
    (_, p) => points[Math.floor(p / dims) * width + (p % dims)]!,
  );
}
