export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Offset of a zone from UTC at an instant of a whole minute, in milliseconds. */
export type OffsetAt = (instant: number) => number;

/** Time in which a zone keeps one offset, in milliseconds; `to` is exclusive. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

const FIELDS = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/;

/** Reads the zone's wall clock by Intl's calendar fields: another way than zone-offsets.ts goes. */
export function offsetsOf(zone: string): OffsetAt {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (instant) => {
    const [, month, day, year, hour, minute] = FIELDS.exec(format.format(instant))!.map(Number);
    return Date.UTC(year!, month! - 1, day, hour, minute) - instant;
  };
}

/** The instants in [from, to) at which the offset changes, for which it is read once a day. */
export function changesOf(offsetAt: OffsetAt, from: number, to: number): number[] {
  const found: number[] = [];
  for (let instant = from, offset = offsetAt(from); instant < to; instant += DAY) {
    const next = offsetAt(instant + DAY);
    if (next !== offset) found.push(change(offsetAt, instant, instant + DAY));
    offset = next;
  }
  return found;
}

/** The pieces of [from, to], for which the offset is read every hour. */
export function piecesOf(offsetAt: OffsetAt, from: number, to: number): Piece[] {
  const pieces: Piece[] = [];
  let begin = from;
  let offset = offsetAt(from);
  for (let instant = from; instant < to; instant += HOUR) {
    if (offsetAt(instant + HOUR) === offset) continue;
    const end = change(offsetAt, instant, instant + HOUR);
    pieces.push({ from: begin, to: end, offset });
    begin = end;
    offset = offsetAt(end);
  }
  return [...pieces, { from: begin, to: to + 1, offset }];
}

/** The first minute in (same, other] whose offset is not that of `same`. */
function change(offsetAt: OffsetAt, same: number, other: number): number {
  const offset = offsetAt(same);
  while (other - same > MINUTE) {
    const middle = same + Math.floor((other - same) / MINUTE / 2) * MINUTE;
    if (offsetAt(middle) === offset) same = middle;
    else other = middle;
  }
  return other;
}
