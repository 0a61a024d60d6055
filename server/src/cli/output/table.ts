import Table from "cli-table3";

/** A plain table for people: a header line, columns aligned, no frames. Returns the text without a final line break. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | null | undefined)[])[],
): string {
  const right = head.map(
    (_, column) =>
      rows.length > 0 && rows.every((row) => typeof row[column] === "number" || row[column] == null),
  );
  const made = new Table({
    head: [...head],
    chars: {
      top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "",
      left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  ",
    }, // prettier-ignore
    style: {
      head: process.stdout.isTTY ? ["bold"] : [],
      border: [],
      "padding-left": 0,
      "padding-right": 0,
      compact: true,
    },
    colAligns: right.map((numeric) => (numeric ? "right" : "left")),
  });
  for (const row of rows)
    made.push(
      row.map((cell) =>
        cell === null || cell === undefined
          ? "-"
          : typeof cell === "number"
            ? cell.toLocaleString("en-US")
            : cell,
      ),
    );
  return made
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
