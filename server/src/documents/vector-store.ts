import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { connect, type Connection, type Table } from "@lancedb/lancedb";

import { newUuid } from "../platform/ids.ts";
import { nextTurn } from "../platform/timers.ts";
import { rowsAtOnce, vectorSchema, vectorsOf, vectorTable } from "./arrow-vectors.ts";
import { isTagGone, readTags } from "./table-tags.ts";

/** Commits that several processes made at once; each try begins on the newest version. */
const APPEND_TRIES = 10;
const SUFFIX = ".lance";

/** One collection's feature (position from 0): each has a table of its own. */
export interface VectorTableKey {
  readonly collectionId: string;
  readonly feature: number;
}

export interface TableFiles {
  readonly stored_vectors: number;
  readonly fragments: number;
  readonly small_fragments: number;
  readonly versions: number;
  readonly pinned_versions: number;
  readonly bytes_on_disk: number;
}

const NO_FILES: TableFiles = {
  stored_vectors: 0,
  fragments: 0,
  small_fragments: 0,
  versions: 0,
  pinned_versions: 0,
  bytes_on_disk: 0,
};

export function tableName({ collectionId, feature }: VectorTableKey): string {
  return `${collectionId}_${feature}`;
}

/**
 * Vectors on disk, a LanceDB table for each feature of a collection under `<storage>/vectors/`. A vector is immutable
 * and has an id of its own; which one counts for a document is said by the document's row. So a table may hold
 * vectors no row refers to (updates, deletions, a commit that failed) and one vector twice with the same bytes (a
 * flush that was killed or done by two servers): readers look up by id and take any.
 */
export class VectorStore {
  readonly storageFolder: string;
  readonly folder: string;
  /** Appends of this process since the table was last compacted. */
  readonly appends = new Map<string, number>();
  /** Tables this process has removed vectors from and not compacted since. */
  readonly removals = new Set<string>();
  #connection: Promise<Connection> | undefined;

  constructor(storageFolder: string) {
    this.storageFolder = storageFolder;
    this.folder = join(storageFolder, "vectors");
  }

  /** Durable when it resolves. `ids` has n, `vectors` n * dimensions elements. Several processes may append at once. */
  async append(
    key: VectorTableKey,
    dimensions: number,
    ids: BigInt64Array,
    vectors: Float32Array,
  ): Promise<void> {
    const name = tableName(key);
    const rows = vectorTable(dimensions, ids, vectors);
    for (let attempt = 1; ; attempt++) {
      const table = await this.#openOrCreate(name, dimensions);
      try {
        await table.add(rows);
        break;
      } catch (error) {
        if (attempt === APPEND_TRIES || !isCommitConflict(error)) throw error;
        await nextTurn();
      } finally {
        table.close();
      }
    }
    this.appends.set(name, (this.appends.get(name) ?? 0) + 1);
  }

  /** Those of the vectors that the table has. */
  async read(
    key: VectorTableKey,
    dimensions: number,
    ids: readonly number[],
  ): Promise<Map<number, Float32Array>> {
    const found = new Map<number, Float32Array>();
    const table = ids.length > 0 ? await this.open(tableName(key)) : undefined;
    if (!table) return found;
    try {
      const query = table
        .query()
        .where(`vector_id in (${ids.join(",")})`)
        .select(["vector_id", "vector"]);
      const rows = await query.toArrow({ maxBatchLength: rowsAtOnce(dimensions) });
      for (const batch of rows.batches) {
        const { ids: rowIds, vectors } = vectorsOf(batch as never, dimensions);
        for (let row = 0; row < rowIds.length; row++) {
          found.set(Number(rowIds[row]), vectors.slice(row * dimensions, (row + 1) * dimensions));
        }
      }
    } finally {
      table.close();
    }
    return found;
  }

  /** The table's newest version, kept readable under the tag until `unpin`; null if there is no table yet. */
  async pin(
    key: VectorTableKey,
    tag: string,
  ): Promise<{ table: string; version: number; tag: string } | null> {
    const name = tableName(key);
    const table = await this.open(name);
    if (!table) return null;
    try {
      const version = await table.version();
      const tags = await table.tags();
      // A snapshot that was begun before and not finished has left its tag.
      if ((await readTags(table)).has(tag)) await tags.update(tag, version);
      else await tags.create(tag, version);
      return { table: name, version, tag };
    } finally {
      table.close();
    }
  }

  /** Lets a pinned version go; one that is gone already is fine. */
  async unpin(name: string, tag: string): Promise<void> {
    const table = await this.open(name);
    if (!table) return;
    try {
      await (await table.tags()).delete(tag);
    } catch (error) {
      if (!isTagGone(error)) throw error;
    } finally {
      table.close();
    }
  }

  /** The table at its newest version, or undefined if there is none. The caller closes it. */
  async open(name: string): Promise<Table | undefined> {
    const connection = await this.#connect();
    try {
      return await connection.openTable(name);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** How the table lies on the disk; zeros if there is none yet. */
  async describe(name: string): Promise<TableFiles> {
    const table = await this.open(name);
    if (!table) return NO_FILES;
    try {
      const [rows, stats, versions, tags, bytes] = await Promise.all([
        table.countRows(),
        table.stats(),
        table.listVersions(),
        readTags(table),
        bytesBelow(join(this.folder, `${name}${SUFFIX}`)),
      ]);
      return {
        stored_vectors: rows,
        fragments: stats.fragmentStats.numFragments,
        small_fragments: stats.fragmentStats.numSmallFragments,
        versions: versions.length,
        pinned_versions: new Set(tags.values()).size,
        bytes_on_disk: bytes,
      };
    } finally {
      table.close();
    }
  }

  /** Names of all tables. */
  async tables(): Promise<string[]> {
    await mkdir(this.folder, { recursive: true });
    const names = await readdir(this.folder);
    return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
  }

  /** Removes a table and all its versions. */
  async drop(name: string): Promise<void> {
    this.appends.delete(name);
    this.removals.delete(name);
    await rm(join(this.folder, `${name}${SUFFIX}`), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    (await this.#connection)?.close();
    this.#connection = undefined;
  }

  async #openOrCreate(name: string, dimensions: number): Promise<Table> {
    const known = await this.open(name);
    if (known) return known;
    await this.#create(name, dimensions);
    return (await this.open(name))!;
  }

  /**
   * LanceDB's own "create if it does not exist" lets the later of two processes overwrite what the earlier has
   * created and appended to (seen: rows lost). A rename onto a folder that is not empty fails instead.
   */
  async #create(name: string, dimensions: number): Promise<void> {
    const draft = join(this.folder, `new-${newUuid()}`);
    const connection = await connect(draft);
    try {
      (await connection.createEmptyTable(name, vectorSchema(dimensions))).close();
      await rename(join(draft, `${name}${SUFFIX}`), join(this.folder, `${name}${SUFFIX}`));
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    } finally {
      connection.close();
      await rm(draft, { recursive: true, force: true });
    }
  }

  #connect(): Promise<Connection> {
    this.#connection ??= mkdir(this.folder, { recursive: true }).then(() => connect(this.folder));
    return this.#connection;
  }
}

/** Another process committed first; on the newest version it may succeed. */
export function isCommitConflict(error: unknown): boolean {
  return error instanceof Error && /commit conflict|concurrent|preempted/i.test(error.message);
}

/** Files may come and go meanwhile. */
async function bytesBelow(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name)).catch(() => undefined);
      return found?.isFile() ? found.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && /was not found/.test(error.message);
}
