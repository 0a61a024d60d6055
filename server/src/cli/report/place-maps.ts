import type { MapComparison } from "#contract/changes.ts";
import type { ReportData, ReportedRun, ReportMap } from "./report-data.ts";

/** What report-script.ts draws, as JSON: both maps in the system of the older one, and within the same bounds. */
export function placeMaps(
  { before, after, changes }: ReportData,
  colors: ReadonlyMap<string, string>,
): object {
  const moved = aligned(after.map.places, before ? (changes?.map?.transform ?? null) : null);
  const bounds = boundsOf([moved, ...(before ? [before.map.places] : [])]);
  const one = (canvas: string, { map, run }: ReportedRun, places: Float32Array) => ({
    canvas,
    places: base64(places),
    labels: base64(map.labels),
    clusterIds: map.clusterIds,
    documentIds: map.documentIds,
    names: namesOf(map, run.centroids ?? []),
    bounds,
  });
  return {
    colors: Object.fromEntries(colors),
    maps: [
      ...(before && before.map.labels.length > 0 ? [one("map-before", before, before.map.places)] : []),
      ...(after.map.labels.length > 0 ? [one("map-after", after, moved)] : []),
    ],
  };
}

/** Places of the newer map at matrix · place + offset of the older one. */
function aligned(places: Float32Array, transform: MapComparison["transform"]): Float32Array {
  if (transform === null) return places;
  const [[a = 1, b = 0] = [], [c = 0, d = 1] = []] = transform.matrix;
  const [e = 0, f = 0] = transform.offset;
  return places.map((_, p) => {
    const x = places[p - (p % 2)]!;
    const y = places[p - (p % 2) + 1]!;
    return p % 2 === 0 ? a * x + b * y + e : c * x + d * y + f;
  });
}

/** Left, bottom and side of a square around all places, with a margin. */
function boundsOf(all: readonly Float32Array[]): [number, number, number] {
  const [least, most] = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ];
  for (const places of all) {
    places.forEach((value, p) => {
      least[p % 2] = Math.min(least[p % 2]!, value);
      most[p % 2] = Math.max(most[p % 2]!, value);
    });
  }
  if (!Number.isFinite(least[0])) return [0, 0, 1];
  const side = 1.06 * Math.max(most[0]! - least[0]!, most[1]! - least[1]!) || 1;
  return [(least[0]! + most[0]! - side) / 2, (least[1]! + most[1]! - side) / 2, side];
}

function namesOf(
  { clusterIds }: ReportMap,
  centroids: readonly { readonly cluster_id: string; readonly label: string | null }[],
): string[] {
  const labels = new Map(centroids.map(({ cluster_id: id, label }) => [id, label]));
  return clusterIds.map((id) => labels.get(id) ?? id);
}

function base64(values: Float32Array | Int16Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}
