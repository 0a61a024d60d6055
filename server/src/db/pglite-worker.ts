import { readFile, writeFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";

import { PGlite, types } from "@electric-sql/pglite";

import { PgliteStatements } from "./pglite-statements.ts";

export interface PgliteRequest {
  readonly id: number;
  readonly kind: "open" | "query" | "dump" | "close";
  readonly text?: string;
  readonly parameters?: readonly unknown[];
}

export interface PgliteReply {
  readonly id: number;
  readonly rows: unknown[];
  readonly affected: number | null;
  readonly error?: {
    readonly message: string;
    readonly code?: string | undefined;
    readonly constraint?: string | undefined;
  };
}

const { folder, image } = workerData as { folder: string | undefined; image: string | undefined };
let database: PGlite | undefined;
let statements: PgliteStatements | undefined;

const options = {
  parsers: {
    [types.INT8]: Number,
    [types.BYTEA]: (text: string) => new Uint8Array(Buffer.from(text.slice(2), "hex")),
  },
  // What the client sends for JSON columns is JSON text already; PGlite would wrap it again.
  serializers: {
    [types.JSON]: (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value)),
    [types.JSONB]: (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value)),
  },
};

async function handle(request: PgliteRequest): Promise<Pick<PgliteReply, "rows" | "affected">> {
  if (request.kind === "open") {
    const begin = image === undefined ? {} : { loadDataDir: new Blob([await readFile(image)]) };
    database =
      folder === undefined
        ? new PGlite({ ...options, ...begin })
        : new PGlite(folder, { ...options, ...begin });
    await database.waitReady;
    statements = await PgliteStatements.on(database);
    return { rows: [], affected: null };
  }
  if (!database || !statements) throw new Error("PGlite is not open.");
  if (request.kind === "dump") {
    const dump = await database.dumpDataDir("none");
    await writeFile(request.text!, new Uint8Array(await dump.arrayBuffer()));
    return { rows: [], affected: null };
  }
  if (request.kind === "close") {
    await database.close();
    return { rows: [], affected: null };
  }
  return statements.run(request.text ?? "", request.parameters ?? []);
}

async function answer(request: PgliteRequest): Promise<PgliteReply> {
  try {
    return { id: request.id, ...(await handle(request)) };
  } catch (error) {
    const { message, code, constraint } = error as { message: string; code?: string; constraint?: string };
    return { id: request.id, rows: [], affected: null, error: { message, code, constraint } };
  }
}

let last = Promise.resolve();
parentPort?.on("message", (request: PgliteRequest) => {
  last = last.then(async () => parentPort?.postMessage(await answer(request)));
});
