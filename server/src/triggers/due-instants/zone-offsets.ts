/** A stretch of time in which a zone keeps one offset from UTC; all in milliseconds. */
export interface ZoneStretch {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly offset: number;
  /** The offset just before `from`. */
  readonly offsetBefore: number;
}

/**
 * No zone changed its offset twice within three days since 1970; the shortest pairs (Ramadan in Morocco and Egypt)
 * are four weeks apart.
 */
const PROBE_MS = 3 * 86_400_000;
const CACHE_LIMIT = 5_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const years = new Map<string, readonly ZoneStretch[]>();

/** The stretches of a zone from the one that holds `instant` on, without end. A year's turn also ends one. */
export function* stretchesFrom(zone: string, instant: number): Generator<ZoneStretch> {
  for (let year = new Date(instant).getUTCFullYear(); ; year++) {
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
  let offsetBefore = offsetAt(zone, from - 1);
  const stretches: ZoneStretch[] = [];
  for (let probe = from; zone !== "UTC" && probe < end - 1;) {
    const next = Math.min(probe + PROBE_MS, end - 1);
    if (offsetAt(zone, next) === offset) {
      probe = next;
      continue;
    }
    const change = firstChange(zone, probe, next, offset);
    stretches.push({ from, to: change, offset, offsetBefore });
    offsetBefore = offset;
    offset = offsetAt(zone, change);
    from = probe = change;
  }
  stretches.push({ from, to: end, offset, offsetBefore });
  if (years.size >= CACHE_LIMIT) years.clear();
  years.set(key, stretches);
  return stretches;
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
