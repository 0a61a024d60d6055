/** A stretch of time in which a zone keeps one offset from UTC; all in milliseconds. */
export interface ZoneStretch {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly offset: number;
  /** The offset before the last change, where that is less than a day before `from`; else `offset`. */
  readonly offsetBefore: number;
  /**
   * How far the zone's clock had come before `from`, in local milliseconds: less than `from + offset` if a gap lies
   * before the stretch, more if it begins with local times that were shown before.
   */
  readonly reached: number;
}

/**
 * No zone changed its offset twice within three days since 1970; the shortest pairs (Ramadan in Morocco and Egypt)
 * are four weeks apart.
 */
const PROBE_MS = 3 * 86_400_000;
/** No change moves a clock by more: the largest ones cross the date line. */
const LONGEST_CHANGE_MS = 86_400_000;
/** The last year that a Date holds whole. */
const LAST_YEAR = 275_759;
const CACHE_LIMIT = 5_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const years = new Map<string, readonly ZoneStretch[]>();

/** The stretches of a zone from the one that holds `instant` on. A year's turn also ends one. */
export function* stretchesFrom(zone: string, instant: number): Generator<ZoneStretch> {
  for (let year = new Date(instant).getUTCFullYear(); year <= LAST_YEAR; year++) {
    for (const stretch of stretchesOf(zone, year)) if (stretch.to > instant) yield stretch;
  }
}

/** The zone's offset from UTC at an instant, in milliseconds, as the runtime's time zone data has it. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === "UTC") return 0;
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(instant));
  if (match?.[1] === undefined) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return (match[1] === "-" ? -1 : 1) * seconds * 1000;
}

function stretchesOf(zone: string, year: number): readonly ZoneStretch[] {
  const key = `${zone}/${year}`;
  const known = years.get(key);
  if (known) return known;
  const end = Date.UTC(year + 1, 0, 1);
  let from = Date.UTC(year, 0, 1);
  let offset = offsetAt(zone, from);
  let { offsetBefore, reached } = joint(zone, from, offset);
  const stretches: ZoneStretch[] = [];
  for (let probe = from; zone !== "UTC" && probe < end - 1;) {
    const next = Math.min(probe + PROBE_MS, end - 1);
    if (offsetAt(zone, next) === offset) {
      probe = next;
      continue;
    }
    const change = firstChange(zone, probe, next, offset);
    stretches.push({ from, to: change, offset, offsetBefore, reached });
    reached = Math.max(reached, change + offset);
    offsetBefore = offset;
    offset = offsetAt(zone, change);
    from = probe = change;
  }
  stretches.push({ from, to: end, offset, offsetBefore, reached });
  // The oldest goes, not all: a preview of a century must not cost the scheduler every zone.
  if (years.size >= CACHE_LIMIT) years.delete(years.keys().next().value!);
  years.set(key, stretches);
  return stretches;
}

/** What lies before a year's turn: the offset changes at it, or has changed so shortly before that it repeats times. */
function joint(zone: string, turn: number, offset: number): Pick<ZoneStretch, "offsetBefore" | "reached"> {
  const offsetBefore = offsetAt(zone, turn - LONGEST_CHANGE_MS);
  if (offsetBefore === offset) return { offsetBefore, reached: turn + offset };
  const change = firstChange(zone, turn - LONGEST_CHANGE_MS, turn, offsetBefore);
  const reached = change + offsetBefore;
  return { offsetBefore, reached: change === turn ? reached : Math.max(reached, turn + offset) };
}

/** The first millisecond in (same, other] whose offset is not `offset`. */
function firstChange(zone: string, same: number, other: number, offset: number): number {
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(zone, middle) === offset) same = middle;
    else other = middle;
  }
  return other;
}
