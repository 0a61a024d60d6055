import { AsyncLocalStorage } from "node:async_hooks";

import { Kysely, sql, type Transaction } from "kysely";

import type { Logger } from "../platform/logger.ts";
import { sleep } from "../platform/timers.ts";
import { isRetryable } from "./database-errors.ts";
import { createDialect, type Backend } from "./dialect.ts";
import { markPlace, type HungTransaction } from "./hung-transactions.ts";
import type { Tables } from "./tables.ts";
import { Wakes, type WakeChannel } from "./wakes.ts";

/** Runs SQL, alone or inside a transaction: the first argument of a store function that works in both. */
export type Sql = Kysely<Tables>;

declare const insideTransaction: unique symbol;

/** An open transaction. A store function that must not run outside of one takes this. */
export type Tx = Transaction<Tables> & { readonly [insideTransaction]: true };

export interface DatabaseOptions {
  readonly logger: Logger;
  /** A transaction that runs no statement for this long is ended. */
  readonly hungAfterMs?: number;
  /** Told of every hung transaction; tests make it a failure. */
  readonly onHung?: (hung: HungTransaction) => void;
}

const ATTEMPTS = 5;

/** Known to whatever runs inside `transaction`. Work it leaves running behind itself finds it closed. */
interface OpenTransaction {
  isOpen: boolean;
  /** Taken before the first wait: behind one the stack no longer shows who called. */
  readonly openedAt: Error;
}

/**
 * The database, PostgreSQL or PGlite. Whoever reads or writes files, calls kernels or waits for anything but SQL
 * takes a `Database`, never a `Tx`: inside a transaction there is only SQL, so that each is short.
 */
export class Database {
  readonly sql: Sql;
  readonly kind: "postgres" | "pglite";
  readonly wakes = new Wakes();
  readonly #backend: Backend;
  readonly #pendingWakes = new WeakMap<object, Set<WakeChannel>>();
  readonly #inside = new AsyncLocalStorage<OpenTransaction>();
  #stopListening: (() => Promise<void>) | undefined;

  constructor(backend: Backend, options: DatabaseOptions) {
    this.#backend = backend;
    this.kind = backend.kind;
    const { logger, hungAfterMs = 10_000, onHung } = options;
    this.sql = new Kysely<Tables>({
      dialect: createDialect(
        async () => {
          this.#refuseNested();
          return backend.acquire(this.#inside.getStore() ? "transaction" : "statement");
        },
        hungAfterMs,
        () => this.#inside.getStore()?.openedAt,
        (hung) => {
          logger.error({ hung }, "a transaction waited for something that is not SQL and was ended");
          onHung?.(hung);
        },
      ),
    });
  }

  /** A second session inside a transaction would wait for its own on PGlite, and see another state on PostgreSQL. */
  #refuseNested(): void {
    if (!this.#inside.getStore()?.isOpen) return;
    throw new Error(
      "db.sql or db.transaction was used inside a transaction; pass its tx to whatever needs SQL there.",
    );
  }

  /** Starts to receive the other servers' wake-ups. */
  async listen(): Promise<void> {
    this.#stopListening = await this.#backend.listen((channel) => this.wakes.emit(channel));
  }

  /**
   * Runs `body` in one transaction and returns what it returns. Commits when it resolves, rolls back when it throws.
   * A deadlock or a serialization failure repeats it, so it may hold nothing but SQL and pure code.
   */
  async transaction<T>(
    body: (tx: Tx) => Promise<T>,
    options: { readonly isolation?: "repeatable read"; readonly readOnly?: boolean } = {},
  ): Promise<T> {
    this.#refuseNested();
    const inside: OpenTransaction = { isOpen: false, openedAt: markPlace() };
    for (let attempt = 1; ; attempt++) {
      let wakes = new Set<WakeChannel>();
      try {
        let builder = this.sql.transaction();
        if (options.isolation) builder = builder.setIsolationLevel(options.isolation);
        if (options.readOnly) builder = builder.setAccessMode("read only");
        const run = async (transaction: Transaction<Tables>) => {
          const tx = transaction as Tx;
          wakes = new Set();
          this.#pendingWakes.set(tx, wakes);
          inside.isOpen = true;
          const value = await body(tx).finally(() => {
            inside.isOpen = false;
          });
          if (this.kind === "postgres" && wakes.size > 0) {
            await sql`select pg_notify('recluster', channel) from unnest(${[...wakes]}::text[]) as channel`.execute(
              tx,
            );
          }
          return value;
        };
        const result = await this.#inside.run(inside, () => builder.execute(run));
        for (const channel of wakes) this.wakes.emit(channel);
        return result;
      } catch (error) {
        if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
        await sleep(attempt * 10);
      }
    }
  }

  /** Wakes the loops that wait on `channel`, here and on other servers, once this transaction has committed. */
  wakeAfterCommit(tx: Tx, channel: WakeChannel): void {
    this.#pendingWakes.get(tx)?.add(channel);
  }

  /** Whether the database answers. */
  async ping(): Promise<void> {
    await sql`select 1`.execute(this.sql);
  }

  async close(): Promise<void> {
    await this.#stopListening?.();
    await this.sql.destroy();
    await this.#backend.close();
  }
}
