import assert from "node:assert/strict";
import { after, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import type { SnapshotManifest } from "../../server/src/documents/snapshots/snapshot.ts";
import { testDatabaseKind } from "../factories/database.ts";
import { seededRandom, testSeed } from "../factories/random.ts";
import { createServerDatabase } from "../factories/server-database.ts";
import { type Change, type Contents, Lane, type ModelDocument, same, sorted } from "./interleavings/model.ts";
import type { SnapshotContents } from "./interleavings/store-process.ts";
import { Gone, StoreServer } from "./interleavings/store-server.ts";

/** Lives of the server, each ended by kill -9 but the last. INTERLEAVINGS=100 asks for more. */
const LIVES = Number(process.env.INTERLEAVINGS ?? (testDatabaseKind === "pglite" ? 5 : 8));
const COLLECTION = "things";
/** Documents of a writer's large ingests, which go straight to the vector store. */
const LARGE = 1_000;
const KEPT_SNAPSHOTS = 4;
/** Who writes one of them writes both, with the same first number. */
const FEATURES = [
  { name: "text", dimensions: 2 },
  { name: "image", dimensions: 3 },
];

const database = await createServerDatabase();
after(() => database.remove());
let server: StoreServer | undefined;
after(() => server?.kill());

type Random = ReturnType<typeof seededRandom>;

it(`holds still and loses nothing through ${LIVES} lives`, { timeout: 900_000 }, async (t) => {
  const seed = testSeed();
  t.diagnostic(`seed ${seed} (repeat with TEST_SEED)`);
  const random = seededRandom(seed);
  server = await StoreServer.start(database.env);
  const world = await createWorld(server);
  for (let life = 1; life <= LIVES; life++) {
    const living = live(server, world, random);
    // Whoever finds a fault ends the test, which would wait for the others' progress for ever.
    await Promise.race([untilDone(world, random.integer(20, 100)), living.failed]);
    // Somewhere in the middle of what comes next.
    await delay(random.integer(0, 30));
    if (life < LIVES) {
      await server.kill();
      await living.ended;
      server = await StoreServer.start(database.env);
      for (const lane of world.lanes) lane.settle(await readLane(server, lane));
    } else {
      living.stop();
      await living.ended;
    }
    await check(server, world);
  }
  t.diagnostic(JSON.stringify(world.done));
  for (const kind of ["ingest", "delete", "flush", "compact", "collect", "snapshot", "run"]) {
    assert.ok((world.done[kind] ?? 0) > 0, `no ${kind} was done`);
  }
});

/** So many more requests and works of upkeep. */
async function untilDone(world: World, more: number): Promise<void> {
  const total = () =>
    Object.entries(world.done).reduce((sum, [kind, n]) => sum + (kind === "wait" ? 0 : n), 0);
  const enough = total() + more;
  while (total() < enough && !server?.gone) await delay(5);
}

interface World {
  readonly collectionId: string;
  readonly clusterId: string;
  readonly lanes: readonly Lane[];
  /** Snapshots that are pinned, with what they held when they were taken. */
  readonly pinned: { readonly manifest: SnapshotManifest; readonly contents: SnapshotContents }[];
  readonly done: Record<string, number>;
  /** Readers under way, for whom time must not pass. */
  readers: number;
  snapshots: number;
}

async function createWorld(at: StoreServer): Promise<World> {
  const { collection_id } = await at.call("POST", "/v1/collections", {
    collection_name: COLLECTION,
    features: FEATURES,
  });
  const { cluster_id } = await at.call("POST", "/v1/clusters", {
    collection_ids: [collection_id],
    vector_config: { clustering_method: "kmeans", feature_uris: ["text"], normalize_features: false, algorithm_params: { n_clusters: 2, n_init: 1, max_iter: 5 } }, // prettier-ignore
  });
  const lanes = ["a", "b", "c"].map((name) => new Lane(name));
  return {
    collectionId: collection_id,
    clusterId: cluster_id,
    lanes,
    pinned: [],
    done: {},
    readers: 0,
    snapshots: 0,
  };
}

/** Writers, upkeep, snapshots and runs, all at once, until they are stopped or the server is killed. */
function live(at: StoreServer, world: World, random: Random) {
  let stopped = false;
  const repeat = async (once: (own: Random) => Promise<string>) => {
    // Each has a generator of its own: whose turn comes first is not repeatable, what each does is.
    const own = seededRandom(random.integer(0, 2 ** 31));
    while (!stopped && !at.gone) {
      try {
        const kind = await once(own);
        world.done[kind] = (world.done[kind] ?? 0) + 1;
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
        return;
      }
    }
  };
  const ended = Promise.all([
    ...world.lanes.map((lane, index) => repeat((own) => write(at, lane, changeFor(lane, own, index === 0)))),
    repeat((own) => keepUp(at, world, own)),
    repeat((own) => snapshot(at, world, own)),
    repeat(() => run(at, world)),
  ]);
  const failed = new Promise<never>((_, reject) => void ended.catch(reject));
  return { ended, failed, stop: () => void (stopped = true) };
}

function changeFor(lane: Lane, random: Random, isLarge: boolean): Change {
  const id = () => `${lane.name}-${random.integer(0, 11)}`;
  const n = random.integer(0, 9);
  const maybe = (value: number) => (random.next() < 0.6 ? value : undefined);
  const dice = random.next();
  if (dice < 0.4) {
    const ids = new Set(Array.from({ length: random.integer(1, 6) }, id));
    const documents = [...ids].map((own) => ({
      id: own,
      n: maybe(random.integer(0, 9)),
      v: maybe(random.integer(0, 9)),
    }));
    return { kind: "ingest", documents: documents as Extract<Change, { kind: "ingest" }>["documents"] };
  }
  if (dice < 0.5 && isLarge) {
    const v = random.integer(0, 5);
    const documents = Array.from({ length: LARGE }, (_, i) => ({
      id: `${lane.name}-large-${i}`,
      n: 100,
      v: v + i,
    }));
    return { kind: "ingest", documents };
  }
  if (dice < 0.6)
    return { kind: "put", id: id(), n, ...(random.next() < 0.5 ? { v: random.integer(0, 9) } : {}) };
  if (dice < 0.75)
    return { kind: "patch", id: id(), n, ...(random.next() < 0.5 ? { v: random.integer(0, 9) } : {}) };
  if (dice < 0.85) return { kind: "bulk", n, below: random.integer(1, 9) };
  return { kind: "delete", ids: [...new Set(Array.from({ length: random.integer(1, 4) }, id))] };
}

const documentsPath = `/v1/collections/${COLLECTION}/documents`;
const vectorOf = (v: number) => ({ vectors: { text: [v, -1], image: [v, -2, v] } });

async function write(at: StoreServer, lane: Lane, change: Change): Promise<string> {
  lane.begin(change);
  switch (change.kind) {
    case "ingest":
      await at.call("POST", `${documentsPath}/ingest`, {
        documents: change.documents.map(({ id, n, v }) => ({
          document_id: id,
          ...(n === undefined ? {} : { payload: { n, lane: lane.name } }),
          ...(v === undefined ? {} : vectorOf(v)),
        })),
      });
      break;
    case "put":
    case "patch": {
      const body = { n: change.n, lane: lane.name, ...(change.v === undefined ? {} : vectorOf(change.v)) };
      const method = change.kind === "put" ? "PUT" : "PATCH";
      await at.call(method, `${documentsPath}/${change.id}`, body).catch((error: unknown) => {
        // A document that is not there: the model says the same.
        if (lane.contents.has(change.id) || !/answered 404/.test(String(error))) throw error;
      });
      break;
    }
    case "bulk":
      await at.call("PATCH", `${documentsPath}/bulk`, {
        filters: {
          AND: [
            { field: "lane", value: lane.name },
            { field: "n", operator: "lt", value: change.below },
          ],
        },
        update_data: { n: change.n },
      });
      break;
    case "delete":
      await at.call("DELETE", `${documentsPath}/batch`, { document_ids: change.ids });
      break;
  }
  lane.confirm();
  return change.kind;
}

async function keepUp(at: StoreServer, world: World, random: Random): Promise<string> {
  const kinds = ["flush", "flush", "compact", "collect", "collect", "pass time", "sweep", "vacuum"] as const;
  const kind = kinds[random.integer(0, kinds.length - 1)]!;
  if (kind === "pass time" && world.readers > 0) return "wait";
  await at.upkeep({ kind });
  return kind;
}

/** Takes a snapshot, or reads one again that is pinned, or lets one go. */
async function snapshot(at: StoreServer, world: World, random: Random): Promise<string> {
  const dice = random.next();
  const oldest = world.pinned[0];
  if (oldest && (dice < 0.3 || world.pinned.length >= KEPT_SNAPSHOTS)) {
    world.pinned.shift();
    await at.upkeep({ kind: "unpin", manifest: oldest.manifest });
    return "unpin";
  }
  if (oldest && dice < 0.6) {
    assert.deepEqual(await at.upkeep({ kind: "read", manifest: oldest.manifest }), oldest.contents);
    return "read again";
  }
  const featureNames = FEATURES.slice(random.integer(0, 1)).map(({ name }) => name);
  const before = world.lanes.map((lane) => lane.states.length - 1);
  const taken = await whileReading(world, () =>
    at.upkeep({
      kind: "snapshot",
      collectionId: world.collectionId,
      featureNames,
      folder: `runs/pin-${world.snapshots++}`,
    }),
  );
  world.pinned.push(taken);
  for (const [index, lane] of world.lanes.entries()) {
    const seen = contentsOf(taken.contents, lane);
    // One in flight may have been committed and not confirmed yet: then it is there when the writer has its answer.
    const isState = () => lane.states.slice(before[index]).some((state) => same(withVectors(state), seen));
    for (let turn = 0; !isState() && turn < 200 && !at.gone; turn++) await delay(10);
    if (at.gone) throw new Gone();
    assert.ok(isState(), `the snapshot has a state that writer ${lane.name} never had`);
  }
  return "snapshot";
}

async function run(at: StoreServer, world: World): Promise<string> {
  await delay(20);
  const total = world.lanes.reduce((sum, lane) => sum + withVectors(lane.contents).size, 0);
  if (total < 2) return "wait";
  return whileReading(world, async () => {
    const { task_id } = await at.call("POST", `/v1/clusters/${world.clusterId}/execute`);
    for (;;) {
      const { status, error } = await at.call("GET", `/v1/tasks/${task_id}`);
      if (status === "COMPLETED") return "run";
      // Everything may have been deleted before it began, or the server killed three times; nothing else may fail it.
      if (status === "FAILED") assert.match(error, /need at least 2 documents|hold no document|given up/);
      if (["FAILED", "CANCELED"].includes(status)) return "failed run";
      await delay(20);
    }
  });
}

async function whileReading<T>(world: World, body: () => Promise<T>): Promise<T> {
  world.readers++;
  try {
    return await body();
  } finally {
    world.readers--;
  }
}

/** What must hold whenever nothing is under way. */
async function check(at: StoreServer, world: World): Promise<void> {
  for (const lane of world.lanes) {
    assert.deepEqual(sorted(await readLane(at, lane)), sorted(lane.contents), `writer ${lane.name}`);
  }
  const sum = (of: (lane: Lane) => number) => world.lanes.reduce((total, lane) => total + of(lane), 0);
  const { document_count: count } = await at.call("GET", `/v1/collections/${COLLECTION}`);
  assert.equal(
    count,
    sum((lane) => lane.contents.size),
  );
  const [added, updated] = [sum((lane) => lane.added), sum((lane) => lane.updated)];
  assert.deepEqual(await at.upkeep({ kind: "count events" }), {
    added,
    updated,
    added_by_rows: added,
    updated_by_rows: updated,
  });
  for (const { manifest, contents } of world.pinned) {
    assert.deepEqual(await at.upkeep({ kind: "read", manifest }), contents);
  }
  const { collections } = await at.call("GET", "/v1/storage");
  assert.equal(collections[0].documents, count);
}

async function readLane(at: StoreServer, lane: Lane): Promise<Contents> {
  const found = new Map<string, ModelDocument>();
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await at.call("POST", `${documentsPath}/list?limit=1000${query}`, { return_vectors: true });
    for (const { document_id: id, n, vectors } of page.results) {
      if (id.startsWith(`${lane.name}-`)) found.set(id, { n: n ?? -1, v: vectors.text?.[0] ?? null });
    }
    cursor = page.pagination.next_cursor;
  } while (cursor !== null);
  return found;
}

function contentsOf(contents: SnapshotContents, lane: Lane): Contents {
  const own = Object.entries(contents).filter(([id]) => id.startsWith(`${lane.name}-`));
  return new Map(own.map(([id, { n, vectors }]) => [id, { n: n ?? -1, v: numberOf(id, vectors) }]));
}

function numberOf(id: string, vectors: SnapshotContents[string]["vectors"]): number {
  const numbers = new Set(Object.values(vectors).map(([v]) => v!));
  assert.equal(numbers.size, 1, `${id} has vectors of different writes: ${JSON.stringify(vectors)}`);
  return [...numbers][0]!;
}

/** A snapshot of a feature has only the documents with a vector of it. */
function withVectors(contents: Contents): Contents {
  return new Map([...contents].filter(([, { v }]) => v !== null));
}
