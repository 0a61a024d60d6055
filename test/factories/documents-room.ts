import type { Feature } from "#contract/collections.ts";
import { registerCollectionRoutes } from "../../server/src/documents/collections/routes.ts";
import type { DocumentsDeps } from "../../server/src/documents/deps.ts";
import type { DocumentsCommitted } from "../../server/src/documents/hooks.ts";
import { registerDocumentRoutes } from "../../server/src/documents/routes.ts";
import { registerStorageRoutes } from "../../server/src/documents/storage/routes.ts";
import { VectorStore } from "../../server/src/documents/vector-store.ts";
import { databaseClock, type DatabaseClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { createApp } from "../../server/src/http/app.ts";
import type { App } from "../../server/src/http/route.ts";
import { NO_QUOTAS } from "../../server/src/platform/config.ts";
import { Courtesy } from "../../server/src/platform/courtesy.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";
import { TestSignals } from "../../server/src/platform/test-signals.ts";
import { createTestFolder } from "./database.ts";
import { createTenant, type TestTenant } from "./tenant.ts";

export interface DocumentsRoom {
  readonly app: App;
  readonly deps: DocumentsDeps;
  /** What the hook was told, in order. */
  readonly committed: DocumentsCommitted[];
  close(): Promise<void>;
}

/** The documents room over a database, with a storage folder and an app of its own. */
export async function createDocumentsRoom(
  db: Database,
  onCommitted: DocumentsDeps["onCommitted"] = () => Promise.resolve(),
  clock: DatabaseClock = databaseClock,
): Promise<DocumentsRoom> {
  const { folder, remove } = await createTestFolder();
  const committed: DocumentsCommitted[] = [];
  const deps: DocumentsDeps = {
    db,
    vectors: new VectorStore(folder),
    courtesy: new Courtesy(1),
    clock,
    quotas: NO_QUOTAS,
    onDeleting: () => Promise.resolve(),
    onCommitted: async (tx, event) => {
      await onCommitted(tx, event);
      committed.push(event);
    },
    logger: silentLogger,
    signals: new TestSignals(),
  };
  const routes = (app: App) => {
    registerCollectionRoutes(app, deps);
    registerDocumentRoutes(app, deps);
    registerStorageRoutes(app, deps);
  };
  const app = await createApp({ db, logger: silentLogger, routes, clock });
  const close = async () => {
    await app.close();
    await deps.vectors.close();
    await remove();
  };
  return { app, deps, committed, close };
}

export interface TestCollection {
  readonly id: string;
  readonly tenant: TestTenant;
  /** A request on the collection; `path` goes on after its id. */
  call(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: any }>;
  ingest(documents: readonly unknown[], query?: string): Promise<{ status: number; body: any }>;
  /** NDJSON; `lines` are texts or values. */
  ingestLines(lines: readonly unknown[], query?: string): Promise<{ status: number; body: any }>;
}

/** A collection in a tenant of its own, unless one is given. */
export async function createTestCollection(
  room: DocumentsRoom,
  features: readonly Feature[] = [{ name: "text", dimensions: 2 }],
  tenant?: TestTenant,
): Promise<TestCollection> {
  const owner = tenant ?? (await createTenant(room.deps.db));
  const send = async (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    url: string,
    payload?: string | object,
    headers = {},
  ) => {
    const answer = await room.app.inject({
      method,
      url,
      headers: { ...owner.headers, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: answer.statusCode, body: answer.body === "" ? undefined : answer.json() };
  };
  const name = `things-${room.committed.length}-${owner.namespaceName.slice(6)}-${features.length}`;
  const created = await send("POST", "/v1/collections", { collection_name: name, features: [...features] });
  if (created.status !== 200) throw new Error(JSON.stringify(created.body));
  const base = `/v1/collections/${created.body.collection_id}`;
  return {
    id: created.body.collection_id,
    tenant: owner,
    call: (method, path, body, headers) =>
      send(method, `${base}${path}`, body as object | undefined, headers),
    ingest: (documents, query = "") => send("POST", `${base}/documents/ingest${query}`, { documents }),
    ingestLines: (lines, query = "") =>
      send(
        "POST",
        `${base}/documents/ingest${query}`,
        lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"),
        { "content-type": "application/x-ndjson" },
      ),
  };
}
