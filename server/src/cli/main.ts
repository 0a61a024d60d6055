import { Command, Option } from "commander";

import { addEmbedFlags, type EmbedFlags } from "./embed/embed-options.ts";
import { explainFailure } from "./explain-failure.ts";
import type { ImportFlags } from "./import/import-options.ts";
import type { ReportFlags } from "./report/report-command.ts";
import type { PlacementsOptions } from "./placements.ts";
import type { RunOptions } from "./run.ts";
import type { BacktestOptions } from "./triggers-backtest.ts";
import type { PreviewOptions } from "./triggers-preview.ts";
import { version } from "./version.ts";

/** The commands, each in a file of its own, loaded when it is asked for: `recluster --help` starts nothing else. */
const program = new Command("recluster")
  .description("Know when your clusters were computed, why, and what changed.")
  .version(version)
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: false })
  .addHelpText(
    "after",
    `
Every command but serve and demo talks to a running server:
  RECLUSTER_URL        where it is (http://127.0.0.1:7171)
  RECLUSTER_API_KEY    the key (default: the one in <data-dir>/admin-key)
  RECLUSTER_DATA_DIR   the server's data folder, if not ~/.recluster
  RECLUSTER_NAMESPACE  the namespace (default)`,
  );

const json = () => new Option("--json", "answer in JSON, for programs");

program
  .command("serve")
  .description("start the server")
  .option("--port <number>", "port to listen on (7171; 0 for any free one)")
  .option("--host <address>", "address to listen on (127.0.0.1)")
  .option("--data-dir <folder>", "where everything is kept (~/.recluster)")
  .option("--roles <list>", "what this process does: api, scheduler, worker (all three)")
  .action(async (options: Record<string, string>) => (await import("./serve.ts")).serve(options));

program
  .command("demo")
  .description("show the main job on real data: import, triggers, runs, history")
  .option("--once", "exit when it has been shown")
  .option("--port <number>", "port to listen on (7171; 0 for any free one)")
  .option("--data-dir <folder>", "a folder for it, which must be empty (a new temporary one)")
  .action(async (options: { once?: boolean; port?: string; dataDir?: string }) =>
    (await import("./demo/demo.ts")).demo(options),
  );

const several = (value: string, before: string[] = []) => [...before, value];

const importing = program
  .command("import")
  .description("put the documents of a file or a query into a collection, which is made if there is none")
  .argument(
    "<source>",
    "a .parquet, .arrow, .npy, .csv, .ndjson or .json file, or postgres://user@host/database",
  )
  .option("--collection <name>", "collection (default: the file's name)")
  .option("--id-column <column>", "column of the ids (default: document_id, id, _id, uuid, key, …)")
  .option(
    "--vector-column <[feature=]column>",
    "column of vectors, once for each (default: the only list of floats)",
    several,
  )
  .option("--payload-columns <list>", "columns that become payload (default: all others)")
  .option("--no-payload", "no column becomes payload")
  .option("--ids <file>", "ids of a .npy file's rows: .txt, .csv, .json or .npy")
  .option("--payloads <file>", "payloads of a .npy file's rows: .ndjson, .csv or .parquet")
  .option(
    "--format <format>",
    "what the file is, if its name does not say: parquet, arrow, npy, csv, ndjson, json",
  )
  .option("--strict", "a wrong document refuses those of its request, and the import stops")
  .option("--batch-size <number>", "documents a request (1,000; 10,000 of files with columns)")
  .option("--restart", "begin at the first row, although an earlier import of the same stopped half way")
  .option("--query <sql>", "what to read from postgres://…")
  .option("--follow <column>", "keep up: repeat the query for rows with a larger value of this column")
  .option("--every <seconds>", "how often to look with --follow (10)");
addEmbedFlags(importing)
  .addOption(json())
  .addHelpText(
    "after",
    `
Examples:
  recluster import items.parquet --vector-column embedding
  recluster import vectors.npy --ids ids.txt --payloads rows.ndjson --collection items
  recluster import postgres://me@db/shop --query "select id, title, embedding from items" --collection items

Stopped or killed, the same command goes on where it was. docs/import.md has every format and flag.`,
  )
  .action(async (source: string, options: ImportFlags & EmbedFlags) =>
    (await import("./import/import-command.ts")).importCommand(source, options),
  );

const triggers = program.command("triggers").description("look at triggers");
triggers
  .command("list")
  .description("all triggers of the namespace: state, last run, next instant")
  .addOption(json())
  .action(async (options: { json?: boolean }) => (await import("./triggers-list.ts")).listTriggers(options));
triggers
  .command("preview")
  .description("when a trigger would be due, before you make one; what daylight saving does to it")
  .option("--cron <expression>", 'for example "0 2 * * *"')
  .option("--timezone <name>", "for example America/New_York (UTC)")
  .option("--dst <mode>", "a local time the clock skips: run_once after the gap, or skip (run_once)")
  .option("--every <seconds>", "an interval instead of --cron; with --condition between its checks (3600)")
  .option("--condition <type>", "drift, volume, quality or custom, instead of --cron: its checks")
  .option("--threshold <number>", "with --condition: the value at which it is met")
  .option("--metric <name>", "what is measured (the first of its kind: embedding_drift, …)")
  .option("--clear-threshold <number>", "below this it may fire again (the threshold)")
  .option("--consecutive-breaches <number>", "checks in a row that must find it met (1)")
  .option("--min-documents <number>", "with fewer nothing is measured (100)")
  .option("--webhook-url <url>", "who is asked, with --condition custom")
  .option("--set <json>", `other settings, for example '{"end_at": "2026-12-24T00:00:00Z"}'`)
  .option("--cluster <cluster>", "cluster id or name: also what it would have done so far")
  .option("--count <number>", "instants to show", "10")
  .option("--from <instant>", "ISO 8601, for example 2026-11-22T03:00:00Z (now)")
  .addOption(json())
  .addHelpText(
    "after",
    `
Examples:
  recluster triggers preview --cron "30 2 * * *" --timezone America/New_York
  recluster triggers preview --condition drift --threshold 0.05 --every 600 --cluster themes

docs/triggers.md has every setting.`,
  )
  .action(async (options: PreviewOptions) => (await import("./triggers-preview.ts")).previewTrigger(options));

triggers
  .command("backtest")
  .description("what a trigger would have done over a past time, and what happens if it is resumed now")
  .argument("<trigger>", "trigger id")
  .option("--after <instant>", "ISO 8601, for example 2026-11-01T00:00:00Z (30 days before --before)")
  .option("--before <instant>", "ISO 8601 (now)")
  .option("--set <json>", `settings to try instead of its own, for example '{"interval_seconds": 3600}'`)
  .option("--limit <number>", "decisions to list, oldest first", "20")
  .addOption(json())
  .action(async (trigger: string, options: BacktestOptions) =>
    (await import("./triggers-backtest.ts")).backtestTrigger(trigger, options),
  );

program
  .command("history")
  .description("what a trigger ran, when, how long, with what result or error")
  .argument("<trigger>", "trigger id")
  .option("--limit <number>", "rows to show", "20")
  .option("--offset <number>", "rows to pass over, newest first", "0")
  .addOption(
    new Option("--status <status>", "only these").choices([
      "pending",
      "processing",
      "completed",
      "failed",
      "canceled",
    ]),
  )
  .addOption(json())
  .action(
    async (trigger: string, options: { limit: string; offset: string; status?: string; json?: boolean }) =>
      (await import("./history.ts")).showHistory(trigger, options),
  );

program
  .command("why")
  .description("why a trigger fired, or did not, at an instant")
  .argument("<trigger>", "trigger id")
  .option("--at <instant>", "ISO 8601, for example 2026-11-22T03:00:00Z (now)")
  .addOption(json())
  .action(async (trigger: string, options: { at?: string; json?: boolean }) =>
    (await import("./why.ts")).explainWhy(trigger, options),
  );

program
  .command("run")
  .description("compute a cluster now and wait for the result")
  .argument("<cluster>", "cluster id or name")
  .option("--same-data-as <run>", "read the documents that run has read, not those there are now")
  .option("--detach", "do not wait")
  .addOption(json())
  .action(async (cluster: string, options: RunOptions) =>
    (await import("./run.ts")).runCluster(cluster, options),
  );

program
  .command("placements")
  .description("clusters predicted for documents that came after the last run")
  .argument("<cluster>", "cluster id or name")
  .option("--document <id>", "only the document with this id")
  .option("--unplaced", "only documents that belong to no cluster")
  .option("--limit <number>", "rows to show", "20")
  .addOption(json())
  .action(async (cluster: string, options: PlacementsOptions) =>
    (await import("./placements.ts")).showPlacements(cluster, options),
  );

program
  .command("diff")
  .description("what changed between two runs of a cluster: clusters, documents, quality")
  .argument("<run>", "run id (or its task's); alone: what changed since the completed run before it")
  .argument("[newer]", "a newer run: what changed in it since the first")
  .addOption(json())
  .action(async (run: string, newer: string | undefined, options: { json?: boolean }) =>
    (await import("./diff.ts")).diffRuns(run, newer, options),
  );

program
  .command("report")
  .description("one HTML file about what changed between two runs: maps, events, history, drift")
  .argument("<cluster>", "cluster id or name")
  .option("--run <run>", "the run to report (the newest completed one)")
  .option("--since <run>", "the run to compare it with (the completed one before)")
  .option("--out <file>", "where to write it (<cluster>-report.html)")
  .option("--picture <field>", "payload field with a picture as a data: URI (image, picture or thumbnail)")
  .option("--points <number>", "points of a map at most", "20000")
  .addOption(json())
  .action(async (cluster: string, flags: ReportFlags) =>
    (await import("./report/report-command.ts")).reportCommand(cluster, flags),
  );

const keys = program.command("keys").description("make API keys");
keys
  .command("create")
  .description("make a key and show it, once")
  .argument("<name>", "what it is for")
  .option("--user <email>", "whose it is", "admin@localhost")
  .option("--permissions <list>", "of read, write, delete, admin", "read")
  .option("--namespaces <list>", "limit it to these namespaces (all)")
  .option("--expires-at <instant>", "ISO 8601; without it the key does not expire")
  .addOption(json())
  .action(
    async (
      name: string,
      options: { user: string; permissions: string; namespaces?: string; expiresAt?: string; json?: boolean },
    ) => (await import("./keys-create.ts")).createKey(name, options),
  );

program
  .command("status")
  .description("whether the server is well, and what is in the namespace")
  .addOption(json())
  .action(async (options: { json?: boolean }) => (await import("./status.ts")).showStatus(options));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exitCode ??= 1;
}
