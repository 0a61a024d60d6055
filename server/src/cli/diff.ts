import type { ClusterChange, ExecutionChanges } from "#contract/changes.ts";
import type { Recluster } from "#client/client.ts";
import { RequestError } from "#client/request-error.ts";
import { connect } from "./connect.ts";
import { CommandError } from "./explain-failure.ts";
import { printAnswer } from "./output/answer.ts";
import { table } from "./output/table.ts";

/** Rows of each table that are shown; `--json` has all. */
const SHOWN = 20;

/** `recluster diff [OLDER] RUN`: what changed since the older run, the completed one before if it is left out. */
export async function diffRuns(
  first: string,
  second: string | undefined,
  options: { json?: boolean },
): Promise<void> {
  const client = connect();
  const run = runOf(second ?? first);
  const since = second === undefined ? undefined : runOf(first);
  const cluster = await clusterOf(client, run);
  if (since !== undefined && (await clusterOf(client, since)) !== cluster) {
    throw new CommandError(`${since} and ${run} are runs of two clusters; only runs of one can be compared.`);
  }
  const changes = await client.executions.changes(cluster, run, since);
  printAnswer(options, changes, () => changesText(changes));
}

/** A run's id, also by the id of its task, as the history shows it. */
function runOf(name: string): string {
  const random = /^(?:run|task)_([0-9A-Za-z]+)$/.exec(name)?.[1];
  if (random !== undefined) return `run_${random}`;
  throw new CommandError(
    `'${name}' is no run. Give run_… as \`recluster run\` prints it, or task_… as \`recluster history\` does.`,
  );
}

async function clusterOf(client: Recluster, run: string): Promise<string> {
  const task = await client.tasks.get(run.replace(/^run_/, "task_")).catch((error: unknown) => {
    if (!(error instanceof RequestError) || error.code !== "not_found") throw error;
    throw new CommandError(
      `The run '${run}' was not found. \`recluster history TRIGGER\` lists those of a trigger.`,
    );
  });
  return (task.additional_data as { cluster_id: string }).cluster_id;
}

/** The sentence, then events, moves and figures as far as there are any. */
export function changesText(changes: ExecutionChanges): string {
  const { since_run_id, run_id, sentence, notes } = changes;
  const parts = [
    `${since_run_id} → ${run_id}\n${sentence}`,
    changes.events.length === 0 ? "" : eventsTable(changes.events),
    changes.moves.length === 0 ? "" : movesTable(changes),
    figures(changes),
    notes.join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function eventsTable(events: readonly ClusterChange[]): string {
  const rows = events
    .slice(0, SHOWN)
    .map((event) => [
      event.type,
      event.cluster_id,
      event.label,
      event.size_before,
      event.size_after,
      how(event),
    ]);
  return `${table(["event", "cluster", "label", "before", "after", "how"], rows)}${rest(events.length)}`;
}

function how({ type, parents, children, shift }: ClusterChange): string {
  const names = (related: ClusterChange["parents"], share: "share_before" | "share_after") =>
    related.map((one) => `${one.cluster_id} ${percent(one[share])}`).join(", ");
  if (type === "split") return `into ${names(children, "share_before")}`;
  if (type === "merged") return `of ${names(parents, "share_after")}`;
  if (type === "moved") return `by ${shift!.toFixed(2)} of its spread`;
  if (type === "died") return children.length === 0 ? "" : `to ${names(children, "share_before")}`;
  return parents.length === 0 || type === "grown" || type === "shrunk"
    ? ""
    : `from ${names(parents, "share_after")}`;
}

function movesTable({ moves }: ExecutionChanges): string {
  const rows = moves.slice(0, SHOWN).map(({ from, to, documents, examples }) => [
    from ?? "noise",
    to ?? "noise",
    documents,
    examples
      .slice(0, 3)
      .map((one) => one.document_id)
      .join(", "),
  ]);
  return `${table(["from", "to", "documents", "such as"], rows)}${rest(moves.length)}`;
}

function figures({ quality, noise_share, map, ...changes }: ExecutionChanges): string {
  const number = (value: number | null) => (value === null ? "-" : value.toFixed(3));
  const rows = [
    ["silhouette", number(quality.before.silhouette_score), number(quality.after.silhouette_score)],
    [
      "Davies–Bouldin",
      number(quality.before.davies_bouldin_index),
      number(quality.after.davies_bouldin_index),
    ],
    ["noise", percent(noise_share.before), percent(noise_share.after)],
  ];
  const agreement = `adjusted Rand index ${number(changes.adjusted_rand_index)}, normalized mutual information ${number(changes.normalized_mutual_information)}`;
  const maps =
    map === null
      ? ""
      : `\nmaps: ${map.fit === null ? (map.note ?? "-") : `${percent(Math.max(0, map.fit))} of the older one's layout is the newer one's, turned`}`;
  return `${table(["", "before", "after"], rows)}\n${agreement}${maps}`;
}

const rest = (total: number): string => (total > SHOWN ? `\n… and ${total - SHOWN} more` : "");
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
