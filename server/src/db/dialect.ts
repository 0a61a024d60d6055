import {
  CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from "kysely";

import { TransactionWatch, type HungTransaction } from "./hung-transactions.ts";
import type { SessionUse } from "./session-turns.ts";
import type { WakeChannel } from "./wakes.ts";

export interface SessionResult {
  readonly rows: unknown[];
  readonly affected: number | null;
}

/** One session of the database, in one caller's hands until it is released. */
export interface Session {
  query(text: string, parameters: readonly unknown[]): Promise<SessionResult>;
  /** Gives the session back; `broken` closes it instead, which rolls back what it has open. */
  release(broken: boolean): void;
}

/** What PostgreSQL and PGlite have in common. A text without parameters may hold several statements. */
export interface Backend {
  readonly kind: "postgres" | "pglite";
  acquire(use: SessionUse): Promise<Session>;
  listen(onWake: (channel: WakeChannel) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

class Connection implements DatabaseConnection {
  readonly session: Session;
  watch: TransactionWatch | undefined;
  broken = false;

  constructor(session: Session) {
    this.session = session;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.broken) throw new Error("This transaction was ended because it ran no statement for too long.");
    this.watch?.statementStarted();
    try {
      const result = await this.session.query(query.sql, query.parameters);
      return {
        rows: result.rows as R[],
        ...(result.affected === null ? {} : { numAffectedRows: BigInt(result.affected) }),
      };
    } finally {
      this.watch?.statementEnded();
    }
  }

  // Kysely's interface; large reads declare a cursor in SQL instead.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.reject(new Error("Declare a cursor and fetch from it instead."));
  }
}

function createDriver(
  acquire: () => Promise<Session>,
  hungAfterMs: number,
  openedAt: () => Error | undefined,
  onHung: (hung: HungTransaction) => void,
): Driver {
  const execute = (connection: DatabaseConnection, text: string) =>
    connection.executeQuery(CompiledQuery.raw(text));
  return {
    init: () => Promise.resolve(),
    acquireConnection: async () => new Connection(await acquire()),
    beginTransaction: async (connection: DatabaseConnection, settings: TransactionSettings) => {
      const own = connection as Connection;
      const modes = [
        settings.isolationLevel ? `isolation level ${settings.isolationLevel}` : "",
        settings.accessMode ?? "",
      ].filter(Boolean);
      own.watch = new TransactionWatch(hungAfterMs, openedAt(), (hung) => {
        own.broken = true;
        own.session.release(true);
        onHung(hung);
      });
      await execute(connection, `begin ${modes.join(", ")}`);
    },
    commitTransaction: async (connection) => {
      await execute(connection, "commit");
      (connection as Connection).watch?.ended();
    },
    rollbackTransaction: async (connection) => {
      const own = connection as Connection;
      try {
        if (!own.broken) await execute(connection, "rollback");
      } finally {
        own.watch?.ended();
      }
    },
    releaseConnection: (connection) => {
      const own = connection as Connection;
      own.watch?.ended();
      own.watch = undefined;
      if (!own.broken) own.session.release(false);
      return Promise.resolve();
    },
    destroy: () => Promise.resolve(),
  };
}

/** Kysely's PostgreSQL dialect over our sessions, with a watch on every transaction. */
export function createDialect(
  acquire: () => Promise<Session>,
  hungAfterMs: number,
  openedAt: () => Error | undefined,
  onHung: (hung: HungTransaction) => void,
): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(acquire, hungAfterMs, openedAt, onHung),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}
