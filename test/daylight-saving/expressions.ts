/** A minute of a wall clock. */
export interface LocalMinute {
  /** The milliseconds UTC has when it shows this minute. */
  readonly asUtc: number;
  /** 1 = January. */
  readonly month: number;
  readonly day: number;
  /** Days of the month. */
  readonly length: number;
  /** 0 = Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

/** A cron expression beside what it means, written out by hand. */
export interface Expression {
  readonly text: string;
  /** Fixed local times, or matched against the wall clock as it runs. */
  readonly kind: "fixed" | "wall";
  readonly matches: (local: LocalMinute) => boolean;
  /** The seconds of a matching minute; 0 for five fields. */
  readonly seconds: readonly number[];
}

const fixed = (text: string, matches: Expression["matches"], seconds = [0]): Expression => ({
  text,
  kind: "fixed",
  matches,
  seconds,
});
const wall = (text: string, matches: Expression["matches"], seconds = [0]): Expression => ({
  text,
  kind: "wall",
  matches,
  seconds,
});

export const EXPRESSIONS: readonly Expression[] = [
  fixed("30 2 * * *", ({ hour, minute }) => hour === 2 && minute === 30),
  fixed("0 3 * * *", ({ hour, minute }) => hour === 3 && minute === 0),
  fixed("@daily", ({ hour, minute }) => hour === 0 && minute === 0),
  fixed("15,45 0-3 * * *", ({ hour, minute }) => hour <= 3 && (minute === 15 || minute === 45)),
  fixed("0 1,2,3 * * *", ({ hour, minute }) => hour >= 1 && hour <= 3 && minute === 0),
  fixed("59 23 * * SUN", ({ hour, minute, weekday }) => weekday === 0 && hour === 23 && minute === 59),
  fixed("0-59 0-4,22-23 * * 0,6", ({ hour, weekday }) => {
    return (weekday === 0 || weekday === 6) && (hour <= 4 || hour >= 22);
  }),
  fixed("15,45 30 0-3 * * *", ({ hour, minute }) => hour <= 3 && minute === 30, [15, 45]),
  fixed(
    "*/20 5 1-2,23 * * *",
    ({ hour, minute }) => {
      return (hour === 1 || hour === 2 || hour === 23) && minute === 5;
    },
    [0, 20, 40],
  ),
  fixed("30 0-3 L * *", ({ day, length, hour, minute }) => day === length && hour <= 3 && minute === 30),
  fixed("30 0-3 * * SUN#L", ({ day, length, weekday, hour, minute }) => {
    return weekday === 0 && day > length - 7 && hour <= 3 && minute === 30;
  }),
  fixed("5,35 0-3 * * SUN#1", ({ day, weekday, hour, minute }) => {
    return weekday === 0 && day <= 7 && hour <= 3 && (minute === 5 || minute === 35);
  }),
  fixed("20 0-3 8-14 * FRI", ({ day, weekday, hour, minute }) => {
    return ((day >= 8 && day <= 14) || weekday === 5) && hour <= 3 && minute === 20;
  }),
  fixed("45 0-3 * MAR,APR,SEP-NOV *", ({ month, hour, minute }) => {
    return (month === 3 || month === 4 || (month >= 9 && month <= 11)) && hour <= 3 && minute === 45;
  }),
  fixed("0 0,12 1,29-31 * *", ({ day, hour, minute }) => {
    return (day === 1 || day >= 29) && (hour === 0 || hour === 12) && minute === 0;
  }),
  wall("*/15 * * * *", ({ minute }) => minute % 15 === 0),
  wall("30 * * * *", ({ minute }) => minute === 30),
  wall("*/20 2 * * *", ({ hour, minute }) => hour === 2 && minute % 20 === 0),
  wall("* 1 * * SAT-SUN", ({ hour, weekday }) => hour === 1 && (weekday === 0 || weekday === 6)),
  wall("0 */2 * * *", ({ hour, minute }) => hour % 2 === 0 && minute === 0),
  wall("10 1-3/2 * * *", ({ hour, minute }) => (hour === 1 || hour === 3) && minute === 10),
  wall("5,50 */30 * * * *", ({ minute }) => minute % 30 === 0, [5, 50]),
  wall("0-59/25 0-2 * 3-11 SUN#L", ({ month, day, length, weekday, hour, minute }) => {
    return month >= 3 && month <= 11 && weekday === 0 && day > length - 7 && hour <= 2 && minute % 25 === 0;
  }),
];
