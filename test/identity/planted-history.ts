import { type Matrix, pca } from "#kernels/index.ts";
import { readDigits } from "../../server/src/cli/demo/demo-data.ts";
import { Random } from "../../kernels/src/random.ts";

/** What was done to the digits before a run. */
export interface PlantedEvent {
  readonly type: "born" | "returned" | "died" | "split" | "merged" | "grown" | "shrunk";
  /** The groups it is about, by their names: of a split the whole and the part, of a merge the one that goes on and the other. */
  readonly groups: readonly string[];
}

export interface PlantedRun {
  /** Documents there are, by their number in the pool. */
  readonly documents: Int32Array;
  /** Their vectors. [documents, DIMS] */
  readonly x: Matrix;
  /** The group of each, as an index into `groups`. */
  readonly truth: Int32Array;
  /** Names of the groups: that of the digit whose place they have. */
  readonly groups: readonly string[];
  readonly events: readonly PlantedEvent[];
}

export interface PlantedHistory {
  /** Documents of the pool; those of a run are numbered in it. */
  readonly pool: number;
  readonly runs: readonly PlantedRun[];
}

const DIMS = 16;
/** Groups stand this many times as far apart as the digits do: k-means then finds them, so what is measured is not k-means. */
const STRETCH = 3;
const FIRST = 120;
/** New documents before each run, as a share of those there are. */
const ADDED = 0.05;
/** A group that was gone for as many runs as identity looks back is new. */
const LOOK_BACK = 5;

type Plan = readonly (readonly [type: "birth" | "death" | "split" | "merge" | "grow" | "shrink", digit: number, other?: number])[]; // prettier-ignore

/** What happens before each run after the first; digits 0 to 5 are there from the start. */
const PLANS: readonly Plan[] = [
  [],
  [["merge", 0, 1]],
  [["birth", 6]],
  [["split", 0, 1]],
  [["death", 2]],
  [],
  [["birth", 2]],
  [["merge", 3, 4]],
  [["birth", 7], ["death", 5]],
  [["grow", 6]],
  [["split", 3, 4]],
  [["merge", 6, 0]],
  [["death", 1]],
  [],
  [["birth", 8], ["merge", 7, 2]],
  [["shrink", 3]],
  [["birth", 9]],
  [["death", 4]],
  [["split", 7, 2]],
  [["birth", 5]],
  [["split", 6, 0]],
  [["merge", 8, 9]],
  [],
  [["birth", 1]],
  [["death", 3], ["grow", 5]],
  [["split", 8, 9]],
  [["birth", 3]],
  [["death", 7], ["merge", 2, 0]],
  [["birth", 4]],
]; // prettier-ignore

/**
 * Thirty runs over the digits that the package `mnist` has. Each digit keeps the shape of its cloud, as it is in the first
 * principal components; its place is its own mean's, moved out. A merge puts one digit's documents at another's place, a
 * split puts them back, births and deaths bring and take all documents of a digit; a twentieth of the documents is new
 * before every run.
 */
export async function plantHistory(seed: number): Promise<PlantedHistory> {
  const random = Random.seeded(seed);
  const { shapes, places, byDigit } = await digitClouds();
  const used = byDigit.map(() => 0);
  const present = new Map<number, number[]>();
  /** Whose place each digit has. */
  const placeOf = new Map<number, number>();
  const goneSince = new Map<number, number>();
  const take = (digit: number, count: number): number[] => {
    const taken = byDigit[digit]!.slice(used[digit], used[digit]! + count);
    used[digit]! += taken.length;
    return taken;
  };
  const bring = (digit: number, count: number): void => {
    present.set(digit, [...(present.get(digit) ?? []), ...take(digit, count)]);
  };
  for (const digit of [0, 1, 2, 3, 4, 5]) {
    bring(digit, FIRST);
    placeOf.set(digit, digit);
  }
  const runs: PlantedRun[] = [];
  for (let run = 0; run <= PLANS.length; run++) {
    const events: PlantedEvent[] = [];
    if (run > 0) {
      const total = [...present.values()].reduce((sum, documents) => sum + documents.length, 0);
      const digits = [...present.keys()];
      for (let i = 0; i < Math.round(total * ADDED); i++) bring(digits[random.below(digits.length)]!, 1);
    }
    for (const [what, digit, other] of PLANS[run - 1] ?? []) {
      const name = String(digit);
      if (what === "birth") {
        bring(digit, FIRST);
        placeOf.set(digit, digit);
        const since = goneSince.get(digit);
        events.push({ type: since !== undefined && run - since < LOOK_BACK ? "returned" : "born", groups: [name] }); // prettier-ignore
      } else if (what === "death") {
        present.delete(digit);
        placeOf.delete(digit);
        goneSince.set(digit, run);
        events.push({ type: "died", groups: [name] });
      } else if (what === "merge") {
        placeOf.set(other!, digit);
        events.push({ type: "merged", groups: [name, String(other)] });
      } else if (what === "split") {
        placeOf.set(other!, other!);
        events.push({ type: "split", groups: [name, String(other)] });
      } else if (what === "grow") {
        bring(digit, Math.round(present.get(digit)!.length * 0.5));
        events.push({ type: "grown", groups: [name] });
      } else {
        const all = present.get(digit)!;
        present.set(digit, all.slice(Math.round(all.length * 0.4)));
        events.push({ type: "shrunk", groups: [name] });
      }
    }
    const documents = Int32Array.from([...present.values()].flat()).sort();
    const digitOf = new Map([...present].flatMap(([digit, all]) => all.map((document) => [document, digit] as const))); // prettier-ignore
    const groups = [...new Set(placeOf.values())].sort((a, b) => a - b);
    const data = new Float32Array(documents.length * DIMS);
    for (const [row, document] of documents.entries()) {
      const place = placeOf.get(digitOf.get(document)!)!;
      for (let c = 0; c < DIMS; c++) {
        data[row * DIMS + c] = shapes.data[document * DIMS + c]! + STRETCH * places[place * DIMS + c]!;
      }
    }
    runs.push({
      documents,
      x: { data, rows: documents.length, cols: DIMS },
      truth: documents.map((document) => groups.indexOf(placeOf.get(digitOf.get(document)!)!)),
      groups: groups.map(String),
      events,
    });
  }
  return { pool: shapes.rows, runs };
}

/** The digits in their first principal components: each without its digit's mean, those means, and who is which digit. */
async function digitClouds(): Promise<{ shapes: Matrix; places: Float64Array; byDigit: number[][] }> {
  const digits = await readDigits();
  const data = new Float32Array(digits.length * 784);
  for (const [row, { vectors }] of digits.entries()) data.set(vectors.pixels!, row * 784);
  const { coordinates } = await pca({ data, rows: digits.length, cols: 784 }, { nComponents: DIMS });
  const byDigit = Array.from({ length: 10 }, (_, digit) =>
    digits.flatMap(({ payload }, row) => (payload.digit === digit ? [row] : [])),
  );
  const places = new Float64Array(10 * DIMS);
  const shapes = { ...coordinates, data: coordinates.data.slice() };
  for (const [digit, rows] of byDigit.entries()) {
    for (let c = 0; c < DIMS; c++) {
      const mean = rows.reduce((sum, row) => sum + coordinates.data[row * DIMS + c]!, 0) / rows.length;
      places[digit * DIMS + c] = mean;
      for (const row of rows) shapes.data[row * DIMS + c]! -= mean;
    }
  }
  return { shapes, places, byDigit };
}
