import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";

import { connect } from "../connect.ts";
import { CommandError } from "../explain-failure.ts";
import { printAnswer } from "../output/answer.ts";
import { gatherReport } from "./gather-report.ts";
import { reportPage } from "./report-page.ts";

export interface ReportFlags {
  readonly run?: string;
  readonly since?: string;
  readonly out?: string;
  readonly picture?: string;
  readonly points: string;
  readonly json?: boolean;
}

const PICTURE_FIELDS = ["image", "picture", "thumbnail"];

/** `recluster report CLUSTER` */
export async function reportCommand(cluster: string, flags: ReportFlags): Promise<void> {
  const points = Number(flags.points);
  if (!Number.isInteger(points) || points < 100 || points > 200_000) {
    throw new CommandError(`--points is ${flags.points}; it takes a whole number from 100 to 200,000.`);
  }
  const data = await gatherReport(connect(), cluster, {
    ...(flags.run === undefined ? {} : { run: flags.run }),
    ...(flags.since === undefined ? {} : { since: flags.since }),
    points,
    pictureFields: flags.picture === undefined ? PICTURE_FIELDS : [flags.picture],
  });
  const file = resolve(flags.out ?? `${fileName(data.cluster.cluster_name)}-report.html`);
  await writeFile(file, reportPage(data)).catch((error: unknown) => {
    throw new CommandError(
      `The report cannot be written: ${(error as Error).message}. Name another file with --out.`,
    );
  });
  const sentence = data.changes?.sentence ?? "The first completed run: there is none before it.";
  printAnswer(
    flags,
    { file, sentence, run_id: data.after.run.run_id },
    () => `${sentence}\n\nwritten to ${file}`,
  );
}

function fileName(cluster: string): string {
  return cluster.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80) || "cluster";
}
