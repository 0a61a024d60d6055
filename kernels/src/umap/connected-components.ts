import type { Graph } from "./fuzzy-graph.ts";

/** Number of each row's component, int32 [rows], counted from 0 by their lowest rows, and how many there are. */
export function connectedComponents(graph: Graph): { labels: Int32Array; count: number } {
  const { rows, starts, tails } = graph;
  const labels = new Int32Array(rows).fill(-1);
  const queue = new Int32Array(rows);
  let count = 0;
  for (let root = 0; root < rows; root++) {
    if (labels[root] !== -1) continue;
    let [head, tail] = [0, 0];
    queue[tail++] = root;
    labels[root] = count;
    while (head < tail) {
      const i = queue[head++]!;
      for (let p = starts[i]!; p < starts[i + 1]!; p++) {
        const j = tails[p]!;
        if (labels[j] !== -1) continue;
        labels[j] = count;
        queue[tail++] = j;
      }
    }
    count++;
  }
  return { labels, count };
}

/** The graph of one component alone, and the rows of the whole graph its rows stand for, ascending. */
export function componentOf(
  graph: Graph,
  labels: Int32Array,
  label: number,
): { part: Graph; members: Int32Array } {
  const members = Int32Array.from(labels.keys()).filter((i) => labels[i] === label);
  const place = new Int32Array(graph.rows);
  for (const [to, from] of members.entries()) place[from] = to;
  const starts = new Int32Array(members.length + 1);
  for (const [to, from] of members.entries()) {
    starts[to + 1] = starts[to]! + graph.starts[from + 1]! - graph.starts[from]!;
  }
  const tails = new Int32Array(starts[members.length]!);
  const weights = new Float32Array(tails.length);
  for (const [to, from] of members.entries()) {
    for (let p = graph.starts[from]!, q = starts[to]!; p < graph.starts[from + 1]!; p++, q++) {
      tails[q] = place[graph.tails[p]!]!;
      weights[q] = graph.weights[p]!;
    }
  }
  return { part: { rows: members.length, starts, tails, weights }, members };
}
