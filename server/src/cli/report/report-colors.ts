import type { ReportData } from "./report-data.ts";

/** Told apart by people who do not see red and green as two (Okabe and Ito 2008), then more of other lightness. */
const COLORS = [
  "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#7b5ea7",
  "#8c564b", "#17becf", "#4b8b3b", "#f26d85", "#5c7080", "#a05a2c", "#3f51b5",
]; // prettier-ignore

/** A color for each cluster of both runs: what keeps its id keeps its color. */
export function colorsOf({ before, after }: Pick<ReportData, "before" | "after">): Map<string, string> {
  const ids = [...(before?.map.clusterIds ?? []), ...after.map.clusterIds];
  const numbers = [...new Set(ids)].sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)));
  return new Map(
    numbers.map((id, index) => {
      const more = index - COLORS.length;
      return [id, more < 0 ? COLORS[index]! : `hsl(${Math.round((more * 137.5) % 360)} 60% 48%)`];
    }),
  );
}
