import type { CollectionResponse } from "#contract/collections.ts";
import type { ColumnMapping, GivenColumns } from "../../../documents/formats/columns/map-columns.ts";
import { systemClock } from "../../../platform/clock.ts";
import { readConfig } from "../../../platform/config.ts";
import { connect } from "../../connect.ts";
import { CommandError } from "../../explain-failure.ts";
import { wholeNumber } from "../../options.ts";
import { openEmbedImport } from "../../embed/embed-import.ts";
import { readEmbedFlags, type EmbedFlags } from "../../embed/embed-options.ts";
import { askColumns, terminal } from "../ask-columns.ts";
import { embedding, withoutVectors } from "../embedding.ts";
import { batchSize, givenColumns, type ImportFlags } from "../import-options.ts";
import { StateFile } from "../import-state.ts";
import { noMemory, type Memory } from "../memory.ts";
import { assertCollectionName, findCollection } from "../prepare-collection.ts";
import { runImport, type ImportResult } from "../run-import.ts";
import type { Surroundings } from "../surroundings.ts";
import { followQuery } from "./follow-query.ts";
import { openQuery, type FollowFrom } from "./open-query.ts";
import { querySource, type QuerySource } from "./query-source.ts";

/** One reading of the query. `memoryOf` is given the source, whose rows it may ask for the followed value. */
export type Pass = (
  from: FollowFrom | null,
  memoryOf: (source: QuerySource) => Memory,
  quiet: boolean,
) => Promise<ImportResult>;

/** `recluster import postgres://… --query "select …"` */
export async function importQuery(
  url: string,
  flags: ImportFlags & EmbedFlags,
  surroundings: Surroundings,
): Promise<void> {
  const { env, signal, say, show } = surroundings;
  const { query, collection: name, follow } = flags;
  if (query === undefined) {
    throw new CommandError(
      '--query says what to read, for example --query "select id, title, embedding from items".',
    );
  }
  if (name === undefined)
    throw new CommandError("--collection says where it goes; a query has no name of its own.");
  assertCollectionName(name);
  if (flags.ids !== undefined || flags.payloads !== undefined || flags.format !== undefined) {
    throw new CommandError("--ids, --payloads and --format are for files.");
  }
  if (follow === undefined && flags.every !== undefined) {
    throw new CommandError("--every says how often to look with --follow COLUMN; name the column.");
  }
  const everySeconds = wholeNumber("--every", flags.every ?? "10");
  const client = connect(env);
  const size = batchSize(flags);
  const plan = readEmbedFlags(flags, env);
  const embed = plan && (await openEmbedImport(plan, client, name, systemClock.monotonicMs));
  const label = labelOf(url);
  let given: GivenColumns = withoutVectors(givenColumns(flags), plan);
  const pass: Pass = async (from, memoryOf, isQuiet) => {
    const quiet = isQuiet || (surroundings.quiet ?? false);
    const opened = await openQuery(url, query, from);
    try {
      const source = await querySource(opened, label);
      const known: CollectionResponse | null = await findCollection(client, name);
      const mapping = await askColumns(source.columns!, known?.features ?? null, given, terminal());
      // A question is asked once.
      given = answered(mapping);
      return await runImport({
        client, name, known, source, mapping, signal, say, quiet,
        memory: memoryOf(source), strict: flags.strict ?? false, batchSize: size, clock: systemClock, ...embedding(embed),
      }); // prettier-ignore
    } finally {
      await opened.close().catch(() => undefined);
    }
  };
  try {
    if (follow === undefined) {
      show(name, await pass(null, () => noMemory, false), embed);
      return;
    }
    const state = new StateFile(readConfig(env).dataFolder, [
      env.RECLUSTER_URL ?? null,
      env.RECLUSTER_NAMESPACE ?? null,
      name,
      label,
      query,
      follow,
      plan ?? null,
    ]);
    const restart = flags.restart ?? false;
    await followQuery(pass, {
      name,
      column: follow,
      everySeconds,
      state,
      restart,
      signal,
      say,
      show,
      client,
    });
  } finally {
    await embed?.close();
  }
}

function answered({ id, vectors, payload }: ColumnMapping): GivenColumns {
  return { ...(id === null ? {} : { id }), vectors, payload };
}

/** Without the password. */
function labelOf(text: string): string {
  if (!URL.canParse(text))
    throw new CommandError("The database's address cannot be read: postgres://user@host:port/database");
  const { username, host, pathname } = new URL(text);
  return `${username === "" ? "" : `${username}@`}${host}${pathname}`;
}
