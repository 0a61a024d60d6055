import { readFile, writeFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";

import { PGlite, types } from "@electric-sql/pglite";

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
  readonly error?: { readonly message: string; readonly code?: string; readonly constraint?: string };
}

const { folder, image } = workerData as { folder: string | undefined; image: string | undefined };
let database: PGlite | undefined;

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
    return { rows: [], affected: null };
  }
  if (!database) throw new Error("PGlite is not open.");
  if (request.kind === "dump") {
    const dump = await database.dumpDataDir("none");
    await writeFile(request.text!, new Uint8Array(await dump.arrayBuffer()));
    return { rows: [], affected: null };
  }
  if (request.kind === "close") {
    await database.close();
    return { rows: [], affected: null };
  }
  const { text = "", parameters = [] } = request;
  const result =
    parameters.length > 0 ? await database.query(text, [...parameters]) : (await database.exec(text)).at(-1);
  return { rows: result?.rows ?? [], affected: result?.affectedRows ?? null };
}

parentPort?.on("message", (request: PgliteRequest) => {
  handle(request).then(
    (answer) => parentPort?.postMessage({ id: request.id, ...answer }),
    (error: unknown) => {
      const { message, code, constraint } = error as { message: string; code?: string; constraint?: string };
      parentPort?.postMessage({
        id: request.id,
        rows: [],
        affected: null,
        error: { message, code, constraint },
      });
    },
  );
});
