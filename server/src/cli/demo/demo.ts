import { mkdir, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Recluster } from "#client/client.ts";
import { startServer, type RunningServer } from "../../main.ts";
import { systemClock } from "../../platform/clock.ts";
import { readConfig, type Config } from "../../platform/config.ts";
import { newUuid } from "../../platform/ids.ts";
import { createLogger } from "../../platform/logger.ts";
import { CommandError } from "../explain-failure.ts";
import { untilAskedToStop } from "../until-asked-to-stop.ts";
import { importData } from "./import-data.ts";
import { say, section } from "./say.ts";
import { makeClustersAndTriggers } from "./make-triggers.ts";
import { showChange, showPlaced, writeReport } from "./show-change.ts";
import { showHistories, showRuns } from "./show-results.ts";

/** `recluster demo`: the main job end to end on a fresh folder, then it goes on serving (or exits, with --once). */
export async function demo(options: { once?: boolean; port?: string; dataDir?: string }): Promise<void> {
  const asked = untilAskedToStop();
  const started = systemClock.monotonicMs();
  const seconds = () => ((systemClock.monotonicMs() - started) / 1000).toFixed(1);
  const folder = await freshFolder(options.dataDir);
  const key = `sk_demo_${newUuid().replaceAll("-", "")}`;
  const server = await startOnFreePort(folder, key, options.port);
  try {
    const client = new Recluster({ url: server.url, apiKey: key, namespace: "default" });
    section(`Recluster answers at ${server.url} (${seconds()} s)`);
    const data = await importData(client);
    const made = await makeClustersAndTriggers(client);
    await showHistories(client, made, () => say(`first history row after ${seconds()} s`));
    await showRuns(client, made, data.labels);
    await data.importUnseen();
    await showPlaced(client, made);
    await showChange(client, made, data.labels);
    await writeReport(client, made, folder);
    section(`Done in ${seconds()} s`);
    say(`API        ${server.url}/v1   (Authorization: Bearer ${key}, X-Namespace: default)`);
    say(`reference  ${server.url}/docs`);
    say(`data       ${folder}`);
    if (options.once) return;
    say(`\nIt goes on serving; the triggers go on firing. In another terminal:`);
    say(`  export RECLUSTER_URL=${server.url} RECLUSTER_API_KEY=${key}`);
    say(`  npx recluster triggers list      (in a checkout: npm run recluster -- triggers list)`);
    say(`Stop it with Ctrl-C.`);
    await asked;
  } finally {
    await server.stop();
  }
}

async function freshFolder(given: string | undefined): Promise<string> {
  if (given === undefined) return mkdtemp(join(tmpdir(), "recluster-demo-"));
  const folder = resolve(given);
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new CommandError(
      `The demo begins with an empty folder, and ${folder} is not. Name another in --data-dir, or leave it out.`,
    );
  }
  return folder;
}

/** The default port if it is free, else any: a demo must not fail because something else runs. */
async function startOnFreePort(
  folder: string,
  key: string,
  port: string | undefined,
): Promise<RunningServer> {
  const config: Config = {
    ...readConfig(process.env, { "data-dir": folder, ...(port === undefined ? {} : { port }) }),
    storageFolder: join(folder, "storage"),
    databaseUrl: undefined,
    apiKey: key,
  };
  const logger = createLogger(process.env.RECLUSTER_LOG_LEVEL ?? "warn");
  try {
    return await startServer(config, logger);
  } catch (error) {
    if (port !== undefined || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return startServer({ ...config, port: 0 }, logger);
  }
}
