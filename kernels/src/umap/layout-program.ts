import * as wasm from "./wasm.ts";
import type { Code } from "./wasm.ts";

/** Where things lie in the program's memory, in bytes, and what is fixed for a whole layout. */
export type LayoutProgram = {
  /** A point takes whole vectors of four float32; dimensions beyond the map's are 0 and stay 0. */
  readonly dims: number;
  /** The points that move. */
  readonly points: number;
  /** What edges lead to and pushes come from: `points` in a fit, other points that stand still for new rows. */
  readonly targets: number;
  readonly targetCount: number;
  /** Whether an edge moves its target too, which then are the points themselves. */
  readonly movesTargets: boolean;
  readonly starts: number;
  readonly tails: number;
  readonly periods: number;
  readonly due: number;
  readonly pull: number;
  readonly push: number;
  /** Points each use of an edge pushes away from. */
  readonly pushes: number;
  readonly pages: number;
};

const LARGEST_STEP = 4;

/**
 * One epoch of the layout for a stretch of points as WebAssembly: run(epoch f32, rate f32, stream i32, first i32, last i32).
 *
 * For each point in order, for each of its edges that is due: pull both ends together, then push the point away from
 * `pushes` points drawn by chance (umap-learn's optimize_layout_euclidean). Unlike there, every use of an edge pushes
 * equally often, and its pushes are all measured from the place after the pull: five that do not wait for each other run
 * side by side in the processor. Points are drawn by xorshift32 (13, 17, 5) started from stream and point; where targets
 * stand still from stream alone, so that a point's place does not hang on its number.
 */
export function layoutProgram(p: LayoutProgram): Uint8Array<ArrayBuffer> {
  const { get, set, add, i32, loadInt, loadFloat, loadVector } = wasm;
  const [epoch, rate, stream, first, last, edge, end, here, other, random, turn, rates] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ] as const;
  const vectors = Math.ceil(p.dims / 4);
  const each = <T>(f: (v: number) => T): T[] => Array.from({ length: vectors }, (_, v) => f(v));
  const place = (v: number): number => 12 + v;
  const apart = (v: number): number => 12 + vectors + v;
  const moved = (v: number): number => 12 + 2 * vectors + v;
  const factor = 12 + 3 * vectors;
  const stride = 16 * vectors;
  const scaled = (index: Code): Code => wasm.shiftLeft(index, i32(2));

  const measure = each((v) =>
    set(apart(v), wasm.subtractVectors(get(place(v)), loadVector(get(other), 16 * v))),
  ).flat();
  const squared = squaredLength(
    each((v) => get(apart(v))),
    p.dims,
    factor,
  );
  /** The factor for the distance measured, by the upper bits of its square. */
  const force = (table: number): Code =>
    loadFloat(scaled(wasm.shiftRight(wasm.bitsOf(squared), i32(16))), table);
  const step = (v: number, factor: Code): Code => {
    const limit = (size: number): Code => wasm.splat(wasm.f32(size));
    const free = wasm.multiplyVectors(get(apart(v)), factor);
    return wasm.largerOf(wasm.smallerOf(free, limit(LARGEST_STEP)), limit(-LARGEST_STEP));
  };
  const pullTogether = [
    ...set(other, add(wasm.multiply(loadInt(scaled(get(edge)), p.tails), i32(stride)), i32(p.targets))),
    ...measure,
    ...set(factor, wasm.splat(force(p.pull))),
    ...each((v) => [
      ...set(apart(v), wasm.multiplyVectors(step(v, get(factor)), get(rates))),
      ...set(place(v), wasm.subtractVectors(get(place(v)), get(apart(v)))),
      ...(p.movesTargets
        ? wasm.storeVector(get(other), wasm.addVectors(loadVector(get(other), 16 * v), get(apart(v))), 16 * v)
        : []),
    ]).flat(),
  ];
  // The point's own place in memory is the one before this row; at no distance from itself, it is not pushed.
  const pushing = p.movesTargets
    ? wasm.either(wasm.f32(0), force(p.push), wasm.equal(get(other), get(here)))
    : force(p.push);
  const drawNext = [
    ...set(random, wasm.xor(get(random), wasm.shiftLeft(get(random), i32(13)))),
    ...set(random, wasm.xor(get(random), wasm.shiftRight(get(random), i32(17)))),
    ...set(random, wasm.xor(get(random), wasm.shiftLeft(get(random), i32(5)))),
    ...set(
      other,
      add(wasm.multiply(wasm.highProduct(get(random), i32(p.targetCount)), i32(stride)), i32(p.targets)),
    ),
  ];
  const pushApart = [
    ...each((v) => set(moved(v), wasm.zeros)).flat(),
    ...set(turn, i32(0)),
    ...wasm.loopUntil(wasm.atLeast(get(turn), i32(p.pushes)), [
      ...drawNext,
      ...measure,
      ...set(factor, wasm.splat(pushing)),
      ...each((v) => set(moved(v), wasm.addVectors(get(moved(v)), step(v, get(factor))))).flat(),
      ...set(turn, add(get(turn), i32(1))),
    ]),
    ...each((v) =>
      set(place(v), wasm.addVectors(get(place(v)), wasm.multiplyVectors(get(moved(v)), get(rates)))),
    ).flat(),
  ];
  const useEdge = wasm.when(wasm.atMostFloat(loadFloat(scaled(get(edge)), p.due), get(epoch)), [
    ...wasm.storeFloat(
      scaled(get(edge)),
      wasm.addFloats(loadFloat(scaled(get(edge)), p.due), loadFloat(scaled(get(edge)), p.periods)),
      p.due,
    ),
    ...pullTogether,
    ...pushApart,
  ]);
  const movePoint = [
    ...set(here, add(wasm.multiply(get(first), i32(stride)), i32(p.points))),
    ...each((v) => set(place(v), loadVector(get(here), 16 * v))).flat(),
    ...set(random, p.movesTargets ? wasm.xor(get(first), get(stream)) : get(stream)),
    ...scramble(random),
    ...set(random, wasm.or(get(random), i32(1))),
    ...set(edge, loadInt(scaled(get(first)), p.starts)),
    ...set(end, loadInt(scaled(get(first)), p.starts + 4)),
    ...wasm.loopUntil(wasm.atLeast(get(edge), get(end)), [...useEdge, ...set(edge, add(get(edge), i32(1)))]),
    ...each((v) => wasm.storeVector(get(here), get(place(v)), 16 * v)).flat(),
    ...set(first, add(get(first), i32(1))),
  ];
  const body = [
    ...set(rates, wasm.splat(get(rate))),
    ...wasm.loopUntil(wasm.atLeast(get(first), get(last)), movePoint),
  ];
  const { I32, F32, V128 } = wasm;
  return wasm.moduleOf(
    [F32, F32, I32, I32, I32],
    [I32, I32, I32, I32, I32, I32, ...new Array<number>(3 * vectors + 2).fill(V128)],
    body,
    p.pages,
  );
}

/** scrambled() of random.ts. */
function scramble(local: number): Code {
  const { get, set, xor, shiftRight, multiply, i32 } = wasm;
  const fold = (bits: number): Code => xor(get(local), shiftRight(get(local), i32(bits)));
  return [
    ...set(local, multiply(fold(16), i32(0x85ebca6b))),
    ...set(local, multiply(fold(13), i32(0xc2b2ae35))),
    ...set(local, fold(16)),
  ];
}

/** `local` holds the squares of four lanes for a moment. */
function squaredLength(differences: readonly Code[], dims: number, local: number): Code {
  const squares = differences.map((difference) => wasm.multiplyVectors(difference, difference));
  const lane = (number: number): Code => wasm.lane(wasm.get(local), number);
  const low = wasm.addFloats(lane(0), lane(1));
  return [
    ...wasm.set(local, squares.reduce(wasm.addVectors)),
    ...(dims <= 2 ? low : wasm.addFloats(low, wasm.addFloats(lane(2), lane(3)))),
  ];
}
