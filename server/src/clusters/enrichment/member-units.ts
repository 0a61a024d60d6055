import { eachMember, type MemberRow } from "../../runs/artifacts/read-artifacts.ts";

export interface PlacedMember extends MemberRow {
  /** The row of the run's members behind it. */
  readonly nextRow: number;
}

/**
 * The members of a run that are of one collection, from a row on, in units; `sizeOf` says how many the next one has. A
 * member comes once, wherever the reading begins.
 */
export async function* memberUnits(
  folder: string,
  collectionId: string,
  fromRow: number,
  sizeOf: () => number,
): AsyncGenerator<readonly PlacedMember[]> {
  let unit: PlacedMember[] = [];
  let nextRow = 0;
  for await (const member of eachMember(folder)) {
    nextRow += 1;
    if (nextRow <= fromRow || member.collection_id !== collectionId) continue;
    unit.push({ ...member, nextRow });
    if (unit.length < sizeOf()) continue;
    yield unit;
    unit = [];
  }
  if (unit.length > 0) yield unit;
}
