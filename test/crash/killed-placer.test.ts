import assert from "node:assert/strict";
import { after, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import type { Sql } from "../../server/src/db/database.ts";
import { readManifest, type StoredManifest } from "../../server/src/documents/snapshots/stored-manifest.ts";
import { Api } from "../factories/api.ts";
import { testDatabaseKind } from "../factories/database.ts";
import { seededRandom, testSeed } from "../factories/random.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, type ServerProcess, spawnServer } from "../factories/server-process.ts";

after(killServers);

/** PLACER_KILLS=60 asks for more. */
const KILLS = Number(process.env.PLACER_KILLS ?? 8);
/** PGlite belongs to one server; on PostgreSQL one places while the other is killed. */
const SERVERS = testDatabaseKind === "pglite" ? 1 : 2;
const GROUPS = 5;
const AT_ONCE = 400;

const database = await createServerDatabase();
after(() => database.remove());

it(
  `what ${KILLS} kill -9 leave of placing is what one placer would have done`,
  { timeout: 900_000 },
  async (t) => {
    const seed = testSeed();
    const random = seededRandom(seed);
    t.diagnostic(`seed ${seed} (repeat with TEST_SEED)`);
    const servers: ServerProcess[] = [];
    for (let i = 0; i < SERVERS; i++) servers.push(await spawnServer(database.env));
    const world = new World(random);
    const clusterId = await world.prepare(api(servers[0]!));

    let runs = 1;
    for (let kill = 0; kill < KILLS; kill++) {
      const at = kill % SERVERS;
      // By whose rules the kills to come find it placing.
      if (kill % 4 === 1) await untilEnded(api(servers[at]!), clusterId);
      const writing = world.write(api(servers[at]!));
      await delay(random.integer(50, 700));
      if (kill % 4 === 0) {
        // Its rules take over in the middle of all that.
        await api(servers[at]!).call("POST", `/v1/clusters/${clusterId}/execute`);
        runs += 1;
        await delay(random.integer(0, 1500));
      }
      await servers[at]!.kill();
      await writing;
      servers[at] = await spawnServer(database.env);
    }

    const calm = api(servers[0]!);
    await world.write(calm, 3);
    await untilEnded(calm, clusterId);
    const placement = await untilCurrent(calm, clusterId);
    for (const server of servers) assert.equal(await server.stop(), 0, server.said());
    t.diagnostic(JSON.stringify({ kills: KILLS, runs, documents: world.group.size, ...placement }));
    await database.look((db) => balance(db.sql, clusterId, placement, world.group));
  },
);

function api({ url }: ServerProcess): Api {
  return new Api(url, TEST_KEY);
}

/** Documents in groups that lie far apart, and to which group each belongs. */
class World {
  /** By document; null where a write had no answer, so that either may be true. */
  readonly group = new Map<string, number | null>();
  readonly #random: ReturnType<typeof seededRandom>;
  #count = 0;

  constructor(random: ReturnType<typeof seededRandom>) {
    this.#random = random;
  }

  /** A cluster that places and has run once. */
  async prepare(api: Api): Promise<string> {
    await api.call("POST", "/v1/collections", {
      collection_name: "things",
      features: [{ name: "v", dimensions: 2 }],
    });
    await this.#ingest(api, this.#fresh());
    const { cluster_id: clusterId } = await api.call("POST", "/v1/clusters", {
      collection_ids: ["things"],
      place_new_documents: true,
      vector_config: {
        clustering_method: "kmeans",
        algorithm_params: { n_clusters: GROUPS, n_init: 5 },
        coordinates: { method: "none" },
      },
    });
    await api.call("POST", `/v1/clusters/${clusterId}/execute`);
    await untilEnded(api, clusterId);
    return clusterId;
  }

  /** New documents, some of the known ones moved to another group, some deleted: until the server has gone, or so often. */
  async write(api: Api, times = Infinity): Promise<void> {
    try {
      for (let time = 0; time < times; time++) {
        await this.#ingest(api, this.#fresh());
        await this.#ingest(api, this.#drawn(40));
        for (const id of this.#drawn(3)) {
          this.group.delete(id);
          await api.call("DELETE", `/v1/collections/things/documents/${id}`);
        }
      }
    } catch (error) {
      // Any other failure than that of a server that is gone is one of the product.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  #fresh(): string[] {
    return Array.from({ length: AT_ONCE }, () => `d${this.#count++}`);
  }

  /** Of those that were written lately: a run has not read all of them. */
  #drawn(count: number): Set<string> {
    const known = [...this.group].filter(([, group]) => group !== null).map(([id]) => id);
    const lately = known.slice(-2 * AT_ONCE);
    return new Set(Array.from({ length: count }, () => lately[this.#random.integer(0, lately.length - 1)]!));
  }

  async #ingest(api: Api, ids: Iterable<string>): Promise<void> {
    const wanted = new Map([...ids].map((id) => [id, this.#random.integer(0, GROUPS - 1)]));
    for (const id of wanted.keys()) this.group.set(id, null);
    const documents = [...wanted].map(([document_id, group]) => ({
      document_id,
      vectors: { v: this.#near(group) },
    }));
    await api.call("POST", "/v1/collections/things/documents/ingest", { documents });
    for (const [id, group] of wanted) this.group.set(id, group);
  }

  #near(group: number): number[] {
    const angle = (group / GROUPS) * 2 * Math.PI + (this.#random.next() - 0.5) * 0.2;
    return [Math.cos(angle) * 10, Math.sin(angle) * 10];
  }
}

async function untilEnded(api: Api, clusterId: string): Promise<void> {
  for (let look = 0; look < 1800; look++) {
    const { results } = await api.call("POST", `/v1/clusters/${clusterId}/executions/list`, {});
    if (results.every(({ status }: any) => status === "completed" || status === "failed")) {
      assert.ok(results.some(({ status }: any) => status === "completed"));
      return;
    }
    await delay(100);
  }
  assert.fail("runs are unfinished after three minutes");
}

/** Current, and nothing more of what was predicted before is being settled. */
async function untilCurrent(api: Api, clusterId: string): Promise<any> {
  let since = performance.now();
  let before = "";
  for (let look = 0; look < 900; look++) {
    const { placement } = await api.call("GET", `/v1/clusters/${clusterId}`);
    assert.notEqual(placement.state, "unavailable", placement.message);
    const now = JSON.stringify(placement);
    if (now !== before) [before, since] = [now, performance.now()];
    if (placement.state === "current" && performance.now() - since > 3000) return placement;
    await delay(200);
  }
  assert.fail("documents are unplaced after three minutes");
}

/**
 * Each document behind the last run's snapshot has one place, by that run, among its own kind, and no document has any other; the counts are
 * of the rows; what the run has read of those that were placed before it lies where it was predicted.
 */
async function balance(
  run: Sql,
  clusterId: string,
  placement: any,
  groups: ReadonlyMap<string, number | null>,
): Promise<void> {
  const { rows: runs } = await sql<{ run_id: string; snapshot: StoredManifest }>`
    select run_id, snapshot from executions where cluster_id = ${clusterId} and status = 'completed'
    order by triggered_at desc, run_id desc limit 1`.execute(run);
  const { run_id: runId, snapshot } = runs[0]!;
  const lastRead = readManifest(snapshot).sources[0]!.lastOrdinal!;

  const { rows: documents } = await sql<{ document_id: string; ordinal: number }>`
    select document_id, ordinal from documents order by ordinal`.execute(run);
  const { rows: places } = await sql<Place>`
    select run_id, document_id, ordinal, number from placements where cluster_id = ${clusterId} order by ordinal`.execute(
    run,
  );
  const stored = new Set(documents.map(({ document_id: id }) => id));
  const lost = [...groups].filter(([id, group]) => group !== null && !stored.has(id));
  assert.deepEqual(lost, [], "every acknowledged document is there");
  assert.deepEqual(new Set(places.map((place) => place.run_id)), new Set([runId]), "all by the last run");

  // Those that were deleted after they were placed keep their place until the next run.
  const present = places.filter(({ document_id: id }) => stored.has(id));
  const behind = documents.filter(({ ordinal }) => ordinal > lastRead);
  assert.ok(behind.length > 0, "something was placed");
  assert.deepEqual(
    present.map(({ document_id, ordinal }) => ({ document_id, ordinal })),
    behind,
    "each document that the last run has not read has one place",
  );
  assert.ok(
    places.every(({ ordinal }) => ordinal > lastRead),
    "none that it has read has one",
  );
  const counted = [placement.run_id, placement.placed, placement.unplaced];
  assert.deepEqual(counted, [runId, places.length, 0], "the counts are of the rows");

  const numbers = new Map<number, number | null>();
  for (const { document_id: id, number } of present) {
    const group = groups.get(id) ?? null;
    if (group === null) continue;
    assert.equal(numbers.get(group) ?? number, number, `${id} lies among its own kind`);
    numbers.set(group, number);
  }
  assert.equal(new Set(numbers.values()).size, GROUPS, "each kind has a cluster");

  const { rows: progress } = await sql`
    select owner, (positions->c.collection_id->>'seq')::bigint = c.event_seq as at_head
    from placement_progress, collections c where cluster_id = ${clusterId}`.execute(run);
  assert.deepEqual(progress, [{ owner: null, at_head: true }], "nobody holds it, and nothing is behind");
}

interface Place {
  readonly run_id: string;
  readonly document_id: string;
  readonly ordinal: number;
  readonly number: number | null;
}
