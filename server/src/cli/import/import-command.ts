import { realpath } from "node:fs/promises";
import { basename, extname } from "node:path";

import { Unreadable } from "../../documents/formats/unreadable.ts";
import { systemClock } from "../../platform/clock.ts";
import { readConfig } from "../../platform/config.ts";
import { connect } from "../connect.ts";
import { CommandError } from "../explain-failure.ts";
import { openEmbedImport, type EmbedImport } from "../embed/embed-import.ts";
import { readEmbedFlags, type EmbedFlags } from "../embed/embed-options.ts";
import { askColumns, terminal } from "./ask-columns.ts";
import { batchSize, givenColumns, type ImportFlags } from "./import-options.ts";
import { StateFile } from "./import-state.ts";
import { fileMemory } from "./memory.ts";
import { openSourceFile } from "./open-file.ts";
import { findCollection } from "./prepare-collection.ts";
import { runImport } from "./run-import.ts";
import { embedding, withoutVectors } from "./embedding.ts";
import { showResult } from "./show-result.ts";
import { stopSignal } from "./stop-signal.ts";

/** `recluster import FILE|postgres://…` */
export async function importCommand(
  from: string,
  flags: ImportFlags & EmbedFlags,
  env = process.env,
): Promise<void> {
  if (/^postgres(ql)?:\/\//.test(from)) {
    await (await import("./postgres/import-query.ts")).importQuery(from, flags, env);
    return;
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(from)) {
    throw new CommandError(`${from}: files on this machine and postgres:// are read; download it first.`);
  }
  if (flags.query !== undefined || flags.follow !== undefined || flags.every !== undefined) {
    throw new CommandError("--query, --follow and --every are for postgres://…; a file has no query.");
  }
  try {
    await importFile(from, flags, env);
  } catch (error) {
    if (error instanceof Unreadable) throw new CommandError(`${from}: ${error.message}`);
    throw error;
  }
}

async function importFile(
  path: string,
  flags: ImportFlags & EmbedFlags,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const client = connect(env);
  const name = flags.collection ?? basename(path, extname(path));
  const plan = readEmbedFlags(flags, env);
  const given = givenColumns(flags);
  const size = batchSize(flags);
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const source = await openSourceFile(path, flags);
  const { signal, release } = stopSignal();
  let embed: EmbedImport | undefined;
  try {
    const known = await findCollection(client, name);
    const mapping =
      source.columns &&
      (await askColumns(source.columns, known?.features ?? null, withoutVectors(given, plan), terminal()));
    if (mapping && mapping.id === null) {
      say(`No column is the id, so ids are made of ${source.label} and the row; --id-column names one.`);
    }
    const state = new StateFile(readConfig(env).dataFolder, [
      env.RECLUSTER_URL ?? null,
      env.RECLUSTER_NAMESPACE ?? null,
      name,
      await realpath(path),
      mapping,
      flags.ids ?? null,
      flags.payloads ?? null,
      flags.format ?? null,
      plan ?? null,
    ]);
    embed = plan && (await openEmbedImport(plan, client, name, systemClock.monotonicMs));
    const { label, identity } = source;
    const result = await runImport({
      client, name, known, source, mapping, signal, say,
      memory: fileMemory(state, { label, identity, restart: flags.restart ?? false, say }),
      strict: flags.strict ?? false, batchSize: size, clock: systemClock, ...embedding(embed),
    }); // prettier-ignore
    showResult(name, result, flags, embed);
  } finally {
    release();
    await embed?.close();
    await source.close();
  }
}
