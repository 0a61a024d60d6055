import assert from "node:assert/strict";
import { test } from "node:test";
import { Random, scrambled } from "../random.ts";
import { tabulateForces } from "./forces.ts";
import { fuzzyUnion, type Graph } from "./fuzzy-graph.ts";
import { layOut, type LayoutOptions } from "./layout.ts";

const CURVE = { a: 1.577, b: 0.895 };
const f = Math.fround;

/** The layout program's documentation in plain JavaScript, every operation rounded to float32. */
function plain(graph: Graph, start: Float32Array, options: LayoutOptions): Float32Array {
  const { dims, targets, nEpochs, negativeSampleRate, seed, repulsionStrength } = options;
  const { pull, push } = tabulateForces(options.curve.a, options.curve.b, repulsionStrength);
  const points = start.slice();
  const others = targets ?? points;
  const heaviest = Math.max(...graph.weights);
  const periods = graph.weights.map((weight) => heaviest / weight);
  const due = periods.slice();
  const width = Math.ceil(dims / 4) * 4;
  const lanes = (differences: Float32Array): number => {
    const sums = new Float32Array(4);
    for (let d = 0; d < width; d++) sums[d % 4] = f(sums[d % 4]! + f((differences[d] ?? 0) ** 2));
    return dims <= 2 ? f(sums[0]! + sums[1]!) : f(f(sums[0]! + sums[1]!) + f(sums[2]! + sums[3]!));
  };
  const place = (squared: number): number => new Uint32Array(Float32Array.of(squared).buffer)[0]! >>> 16;
  const limited = (step: number): number => Math.max(-4, Math.min(4, f(step)));
  for (let epoch = 0; epoch < nEpochs; epoch++) {
    const rate = f(options.learningRate * (1 - Math.max(0, epoch - 1) / nEpochs));
    const stream = scrambled(
      scrambled(scrambled(0x9e3779b9 ^ (seed | 0)) ^ Math.floor(seed / 2 ** 32)) + epoch,
    );
    for (let i = 0; i < graph.rows; i++) {
      let random = scrambled(targets === undefined ? i ^ stream : stream) | 1;
      const here = points.slice(i * dims, (i + 1) * dims);
      const apart = (j: number): Float32Array => here.map((value, d) => value - others[j * dims + d]!);
      for (let edge = graph.starts[i]!; edge < graph.starts[i + 1]!; edge++) {
        if (due[edge]! > epoch) continue;
        due[edge]! += periods[edge]!;
        const j = graph.tails[edge]!;
        const between = apart(j);
        const pulling = pull[place(lanes(between))]!;
        for (let d = 0; d < dims; d++) {
          const step = f(limited(pulling * between[d]!) * rate);
          here[d]! -= step;
          if (targets === undefined) points[j * dims + d]! += step;
        }
        const moved = new Float32Array(dims);
        for (let turn = 0; turn < negativeSampleRate; turn++) {
          random ^= random << 13;
          random ^= random >>> 17;
          random ^= random << 5;
          const other = Number((BigInt(random >>> 0) * BigInt(others.length / dims)) >> 32n);
          const away = apart(other);
          const pushing = targets === undefined && other === i ? 0 : push[place(lanes(away))]!;
          for (let d = 0; d < dims; d++) moved[d]! += limited(pushing * away[d]!);
        }
        for (let d = 0; d < dims; d++) here[d]! += f(moved[d]! * rate);
      }
      points.set(here, i * dims);
    }
  }
  return points;
}

function problem(rows: number, dims: number, targets = rows) {
  const random = Random.seeded(dims);
  const k = 4;
  const indices = Int32Array.from({ length: rows * k }, (_, p) => {
    const i = Math.floor(p / k);
    return (i + 1 + (p % k) * 3) % targets;
  });
  const strengths = Float32Array.from(indices, () => random.uniform());
  const places = (count: number): Float32Array =>
    Float32Array.from({ length: count * dims }, () => 10 * random.uniform());
  const options: LayoutOptions = {
    ...{ dims, curve: CURVE, nEpochs: 12, learningRate: 1, repulsionStrength: 1.5, negativeSampleRate: 5 },
    ...{ seed: 2 ** 40 + 3, checkpoint: () => undefined },
  };
  const starts = Int32Array.from({ length: rows + 1 }, (_, i) => i * k);
  const oneWay: Graph = { rows, starts, tails: indices, weights: strengths };
  return {
    graph: fuzzyUnion(indices, strengths, k, 1),
    oneWay,
    start: places(rows),
    others: places(targets),
    options,
  };
}

for (const dims of [1, 2, 3, 4, 5, 8, 15]) {
  test(`the same bits as in plain JavaScript, ${dims} dimensions`, async () => {
    const { graph, start, options } = problem(60, dims);
    const moved = await layOut(graph, start, options);
    assert.deepEqual(moved, plain(graph, start, options));
    assert.notDeepEqual(moved, start);
  });
}

test("around targets that stand still, a point's place does not depend on the points beside it", async () => {
  const { oneWay, start, others, options } = problem(30, 3, 80);
  const settings = { ...options, targets: others };
  // Equal periods whatever rows are there.
  const graph = { ...oneWay, weights: oneWay.weights.fill(0.5) };
  const all = await layOut(graph, start, settings);
  assert.deepEqual(all, plain(graph, start, settings));
  const some = {
    rows: 10,
    starts: graph.starts.slice(0, 11),
    tails: graph.tails.slice(0, 40),
    weights: graph.weights.slice(0, 40),
  };
  assert.deepEqual(await layOut(some, start.slice(0, 30), settings), all.slice(0, 30));
});

test("the tables are the formulas", () => {
  const { pull, push } = tabulateForces(CURVE.a, CURVE.b, 2);
  for (let exponent = -30; exponent < 30; exponent += 0.37) {
    const d = f(2 ** exponent);
    const place = new Uint32Array(Float32Array.of(d).buffer)[0]! >>> 16;
    const power = CURVE.a * d ** CURVE.b;
    const expectedPull = (2 * CURVE.a * CURVE.b * d ** (CURVE.b - 1)) / (1 + power);
    const expectedPush = (2 * 2 * CURVE.b) / ((0.001 + d) * (1 + power));
    assert.ok(Math.abs(pull[place]! / expectedPull - 1) < 0.008);
    assert.ok(Math.abs(push[place]! / expectedPush - 1) < 0.008);
  }
  for (const value of [...pull, ...push]) assert.ok(Number.isFinite(value) && value >= 0);
});
