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
import { embedding, withoutVectors } from "./embedding.ts";
import { batchSize, givenColumns, type ImportFlags } from "./import-options.ts";
import { StateFile } from "./import-state.ts";
import { fileMemory } from "./memory.ts";
import { openSourceFile } from "./open-file.ts";
import { assertCollectionName, findCollection } from "./prepare-collection.ts";
import { runImport } from "./run-import.ts";
import { showResult } from "./show-result.ts";
import { stopSignal } from "./stop-signal.ts";
import type { Surroundings } from "./surroundings.ts";

/** `recluster import FILE|postgres://…` */
export async function importCommand(
  from: string,
  flags: ImportFlags & EmbedFlags,
  env = process.env,
): Promise<void> {
  const isQuery = /^postgres(ql)?:\/\//.test(from);
  if (!isQuery && /^[a-z][a-z0-9+.-]+:\/\//i.test(from)) {
    throw new CommandError(`${from}: files on this machine and postgres:// are read; download it first.`);
  }
  if (!isQuery && (flags.query !== undefined || flags.follow !== undefined || flags.every !== undefined)) {
    throw new CommandError("--query, --follow and --every are for postgres://…; a file has no query.");
  }
  const { signal, release } = stopSignal();
  try {
    const say = (text: string) => void process.stderr.write(`${text}\n`);
    const show: Surroundings["show"] = (name, result, embed) => showResult(name, result, flags, embed);
    const surroundings = { env, signal, say, show };
    if (isQuery) await (await import("./postgres/import-query.ts")).importQuery(from, flags, surroundings);
    else await importFile(from, flags, surroundings);
  } finally {
    release();
  }
}

/** Imports a file. Throws CommandError, with the file's name, for what cannot be read. */
export async function importFile(
  path: string,
  flags: ImportFlags & EmbedFlags,
  surroundings: Surroundings,
): Promise<void> {
  try {
    await importOpened(path, flags, surroundings);
  } catch (error) {
    if (error instanceof Unreadable) throw new CommandError(`${path}: ${error.message}`);
    throw error;
  }
}

async function importOpened(
  path: string,
  flags: ImportFlags & EmbedFlags,
  { env, signal, say, show, quiet = false }: Surroundings,
): Promise<void> {
  const client = connect(env);
  const name = flags.collection ?? basename(path, extname(path));
  const plan = readEmbedFlags(flags, env);
  const given = withoutVectors(givenColumns(flags), plan);
  const size = batchSize(flags);
  const source = await openSourceFile(path, flags);
  let embed: EmbedImport | undefined;
  try {
    assertCollectionName(name);
    const known = await findCollection(client, name);
    if (!known && source.kind === "rows" && source.columns?.length === 0) {
      throw new CommandError(
        `${source.label} holds no rows. A row is an object, such as {"id": "…", "title": "…", "embedding": [0.1, …]}.`,
      );
    }
    const mapping =
      source.columns && (await askColumns(source.columns, known?.features ?? null, given, terminal()));
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
      client, name, known, source, mapping, signal, say, quiet,
      memory: fileMemory(state, { label, identity, restart: flags.restart ?? false, say }),
      strict: flags.strict ?? false, batchSize: size, clock: systemClock, ...embedding(embed),
    }); // prettier-ignore
    show(name, result, embed);
  } finally {
    await embed?.close();
    await source.close();
  }
}
