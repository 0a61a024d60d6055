import type { Expression, LocalMinute } from "./expressions.ts";
import { MINUTE, type Piece } from "./zone-clock.ts";

export interface Expected {
  /** Due instants, in milliseconds. */
  readonly due: number[];
  /** For each of them. */
  readonly notes: ("dst_gap" | "dst_overlap" | null)[];
  readonly marks: ExpectedMark[];
}

/** Local times of one change that do not run. */
export interface ExpectedMark {
  readonly reason: "dst_gap" | "dst_overlap";
  /** The change, in milliseconds. */
  readonly change: number;
  readonly offsetBefore: number;
  readonly offsetAfter: number;
  /** Instant and local time of each. */
  readonly lost: { readonly at: number; readonly local: number }[];
}

/** A minute of real time, with the local minutes the clock jumped over just before it. */
export interface WalkedMinute {
  readonly instant: number;
  readonly local: LocalMinute;
  readonly skipped: readonly LocalMinute[];
  /** The clock has shown it before. */
  readonly again: boolean;
  /** The clock shows it twice: this is one of the two. */
  readonly twice: boolean;
  /** The piece it lies in, and the one before. */
  readonly piece: Piece;
  readonly before: Piece;
}

/** Walks the minutes of real time of some pieces; what the clock skips or repeats is told from its own jumps. */
export function walk(pieces: readonly Piece[]): WalkedMinute[] {
  const minutes: WalkedMinute[] = [];
  const repeats = pieces.slice(1).map((piece, index) => {
    const shown = piece.from + piece.offset;
    return { from: shown, to: piece.from + pieces[index]!.offset };
  });
  let reached = pieces[0]!.from + pieces[0]!.offset - MINUTE;
  pieces.forEach((piece, index) => {
    for (let instant = piece.from; instant < piece.to; instant += MINUTE) {
      const asUtc = instant + piece.offset;
      const skipped: LocalMinute[] = [];
      for (let gone = reached + MINUTE; gone < asUtc; gone += MINUTE) skipped.push(localMinute(gone));
      minutes.push({
        instant,
        local: localMinute(asUtc),
        skipped,
        again: asUtc <= reached,
        twice: repeats.some(({ from, to }) => asUtc >= from && asUtc < to),
        piece,
        before: pieces[index - 1] ?? piece,
      });
      reached = Math.max(reached, asUtc);
    }
  });
  return minutes;
}

/** What is due in [from, to], in milliseconds, and what does not run because the clock changed. */
export function expected(
  minutes: readonly WalkedMinute[],
  { kind, matches, seconds }: Expression,
  dst: "run_once" | "skip",
  from: number,
  to: number,
): Expected {
  const answer: Expected = { due: [], notes: [], marks: [] };
  const inWindow = (instant: number) => instant >= from && instant <= to;
  const lose = (
    reason: ExpectedMark["reason"],
    { piece, before }: WalkedMinute,
    at: number,
    local: number,
  ) => {
    if (!inWindow(at)) return;
    let mark = answer.marks.at(-1);
    if (mark?.reason !== reason || mark.change !== piece.from) {
      mark = { reason, change: piece.from, offsetBefore: before.offset, offsetAfter: piece.offset, lost: [] };
      answer.marks.push(mark);
    }
    mark.lost.push({ at, local });
  };
  for (const minute of minutes) {
    const { instant, local, skipped, again, twice } = minute;
    let madeUp = false;
    if (kind === "fixed") {
      for (const gone of skipped) {
        if (!matches(gone)) continue;
        if (dst === "run_once") madeUp = true;
        else for (const second of seconds) lose("dst_gap", minute, instant, gone.asUtc + second * 1000);
      }
      if (madeUp && inWindow(instant)) {
        answer.due.push(instant);
        answer.notes.push("dst_gap");
      }
    }
    if (!matches(local)) continue;
    for (const second of seconds) {
      const at = instant + second * 1000;
      if (kind === "fixed" && again) lose("dst_overlap", minute, at, local.asUtc + second * 1000);
      else if (inWindow(at) && !(madeUp && second === 0)) {
        answer.due.push(at);
        answer.notes.push(twice ? "dst_overlap" : null);
      }
    }
  }
  return answer;
}

const days = new Map<number, Omit<LocalMinute, "asUtc" | "hour" | "minute">>();

function localMinute(asUtc: number): LocalMinute {
  const ofDay = ((asUtc % 86_400_000) + 86_400_000) % 86_400_000;
  const start = asUtc - ofDay;
  let day = days.get(start);
  if (!day) {
    const date = new Date(start);
    const month = date.getUTCMonth();
    const length = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
    day = { month: month + 1, day: date.getUTCDate(), length, weekday: date.getUTCDay() };
    days.set(start, day);
  }
  return { ...day, asUtc, hour: Math.floor(ofDay / 3_600_000), minute: Math.floor(ofDay / MINUTE) % 60 };
}
