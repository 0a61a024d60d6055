import type { AddressInfo } from "node:net";

import { importFile } from "../../server/src/cli/import/import-command.ts";
import type { ImportFlags } from "../../server/src/cli/import/import-options.ts";
import { importQuery } from "../../server/src/cli/import/postgres/import-query.ts";
import type { ImportResult } from "../../server/src/cli/import/run-import.ts";
import type { Surroundings } from "../../server/src/cli/import/surroundings.ts";
import { createTestFolder, type TestDatabase } from "./database.ts";
import { createDocumentsRoom, type DocumentsRoom } from "./documents-room.ts";
import { createTenant, type TestTenant } from "./tenant.ts";

export interface ImportRoom {
  readonly room: DocumentsRoom;
  /** For the command line: where the server is, its key, a data folder of its own. */
  readonly env: Record<string, string>;
  /** For files. */
  readonly folder: string;
  /** What the last imports told people. */
  readonly said: string[];
  /** `recluster import`, in this process; of a query that is followed, the first reading's result. */
  run(path: string, flags?: ImportFlags, signal?: AbortSignal): Promise<ImportResult>;
  call(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<any>;
  /** Every document of a collection with payload and vectors, by id. */
  contents(collection: string): Promise<any[]>;
  close(): Promise<void>;
}

/** A documents room that listens, with a tenant whose key the command line uses. */
export async function createImportRoom({ db }: TestDatabase): Promise<ImportRoom> {
  const room = await createDocumentsRoom(db);
  await room.app.listen({ port: 0, host: "127.0.0.1" });
  const { folder, remove } = await createTestFolder();
  const tenant: TestTenant = await createTenant(db);
  const { port } = room.app.server.address() as AddressInfo;
  const env = {
    RECLUSTER_URL: `http://127.0.0.1:${port}`,
    RECLUSTER_API_KEY: String(tenant.headers.authorization).replace("Bearer ", ""),
    RECLUSTER_NAMESPACE: String(tenant.headers["x-namespace"]),
    RECLUSTER_DATA_DIR: `${folder}/data`,
  };
  const said: string[] = [];
  const call: ImportRoom["call"] = async (method, path, body) => {
    const answer = await room.app.inject({
      method,
      url: `/v1${path}`,
      headers: tenant.headers,
      ...(body === undefined ? {} : { payload: body }),
    });
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.body}`);
    return answer.body === "" ? undefined : answer.json();
  };
  return {
    room,
    env,
    folder,
    said,
    call,
    run: async (path, flags = {}, signal = new AbortController().signal) => {
      let result: ImportResult | undefined;
      const surroundings: Surroundings = {
        env,
        signal,
        quiet: true,
        say: (text) => void said.push(text.trim()),
        show: (_, shown) => (result ??= shown),
      };
      if (path.startsWith("postgres")) await importQuery(path, flags, surroundings);
      else await importFile(path, flags, surroundings);
      return result!;
    },
    contents: async (collection) => {
      const all: any[] = [];
      for (let offset = 0; ; offset += 500) {
        const path = `/collections/${collection}/documents/list?limit=500&offset=${offset}`;
        const { results } = await call("POST", path, { return_vectors: true });
        all.push(...results.map(({ collection_id: _, ...document }: any) => document));
        if (results.length < 500) break;
      }
      return all.sort((a, b) => (a.document_id < b.document_id ? -1 : 1));
    },
    close: async () => {
      await room.close();
      await remove();
    },
  };
}
