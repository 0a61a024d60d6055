import { Worker } from "node:worker_threads";

import { siblingModule } from "../platform/sibling-module.ts";
import { DatabaseError } from "./database-errors.ts";
import type { Backend, Session, SessionResult } from "./dialect.ts";
import type { PgliteReply, PgliteRequest } from "./pglite-worker.ts";
import { SessionTurns } from "./session-turns.ts";

/**
 * PGlite in a worker thread: it runs a query synchronously, and here it would stop every request meanwhile. It has
 * one session, which is handed out in turns; a transaction holds it until it ends.
 * `folder` undefined keeps everything in memory; `image` is a tar of a data folder to begin with.
 */
export async function pgliteBackend(
  folder: string | undefined,
  image?: string,
): Promise<Backend & { dump: (file: string) => Promise<void> }> {
  const worker = new Worker(siblingModule(import.meta.url, "pglite-worker"), {
    workerData: { folder, image },
  });
  const waiting = new Map<
    number,
    { resolve: (result: SessionResult) => void; reject: (error: Error) => void }
  >();
  let nextId = 1;
  let closed: Error | undefined;

  worker.on("message", (reply: PgliteReply) => {
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error)
      call?.reject(new DatabaseError(reply.error.message, reply.error.code, reply.error.constraint));
    else call?.resolve({ rows: reply.rows, affected: reply.affected });
  });
  const fail = (error: Error) => {
    closed ??= error;
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
  };
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => fail(new Error("PGlite is closed.")));

  const call = (request: Omit<PgliteRequest, "id">): Promise<SessionResult> => {
    if (closed) return Promise.reject(closed);
    return new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...request });
    });
  };

  const turns = new SessionTurns();
  try {
    await call({ kind: "open" });
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    kind: "pglite",
    acquire: async (use) => session(call, await turns.take(use)),
    dump: async (file) => void (await call({ kind: "dump", text: file })),
    listen: () => Promise.resolve(() => Promise.resolve()),
    close: async () => {
      if (!closed) await call({ kind: "close" });
      await worker.terminate();
    },
  };
}

function session(
  call: (request: Omit<PgliteRequest, "id">) => Promise<SessionResult>,
  release: () => void,
): Session {
  return {
    query: (text, parameters) => call({ kind: "query", text, parameters }),
    release: (broken) => {
      // There is no connection to cut: what a broken transaction has open is rolled back before the next one's turn.
      // If even that fails PGlite has ended, and the next one is told so.
      if (broken) void call({ kind: "query", text: "rollback", parameters: [] }).then(release, release);
      else release();
    },
  };
}
