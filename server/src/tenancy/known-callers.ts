import type { Database } from "../db/database.ts";
import { systemClock, type Clock } from "../platform/clock.ts";
import type { Caller, NamespaceRef } from "./caller.ts";
import { findCaller, hashKey } from "./find-caller.ts";
import { findNamespace } from "./find-namespace.ts";

/** How long an answer of the database is believed. A NOTIFY that got lost costs at most this. */
const BELIEVED_MS = 1_000;
/** About 3 MB; beyond it the oldest is forgotten. Unknown keys are never kept, so guessing fills nothing. */
const MOST_ENTRIES = 10_000;

interface Remembered<T> {
  readonly value: T;
  readonly until: number;
}

/**
 * Who asks and in which namespace, remembered for a second: every request needs both, and at a high rate they would be
 * most of its statements. Both asked cost 3.5 ms on PGlite and 1.7 ms on PostgreSQL (two busy cores), remembered 0.01 ms.
 *
 * A change of keys or namespaces through this server voids everything at once, through another server of the same
 * database as soon as its NOTIFY arrives, and after a second in any case.
 */
export class KnownCallers {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #callers = new Map<string, Remembered<Caller>>();
  readonly #namespaces = new Map<string, Remembered<NamespaceRef>>();
  /** Counts the voidings: an answer that was asked for before one must not be kept after it. */
  #generation = 0;
  readonly #stopListening: () => void;

  constructor(db: Database, clock: Clock = systemClock) {
    this.#db = db;
    this.#clock = clock;
    this.#stopListening = db.wakes.on("tenancy", () => this.forget());
  }

  /** The caller this key stands for; throws a 401. */
  async caller(key: string): Promise<Caller> {
    const hash = hashKey(key);
    return this.#recall(this.#callers, hash, async () => {
      const { caller, expiresInMs } = await findCaller(this.#db.sql, key);
      return { value: caller, believedMs: Math.min(BELIEVED_MS, expiresInMs ?? BELIEVED_MS) };
    });
  }

  /** The namespace with this id or name; throws a 403 or 404. */
  async namespace(caller: Caller, identifier: string): Promise<NamespaceRef> {
    // Per key, since the answer depends on the key's scope.
    return this.#recall(this.#namespaces, `${caller.keyId} ${identifier}`, async () => ({
      value: await findNamespace(this.#db.sql, caller, identifier),
      believedMs: BELIEVED_MS,
    }));
  }

  forget(): void {
    this.#generation++;
    this.#callers.clear();
    this.#namespaces.clear();
  }

  close(): void {
    this.#stopListening();
    this.forget();
  }

  async #recall<T>(
    memory: Map<string, Remembered<T>>,
    name: string,
    ask: () => Promise<{ value: T; believedMs: number }>,
  ): Promise<T> {
    const askedAt = this.#clock.monotonicMs();
    const known = memory.get(name);
    if (known && askedAt < known.until) return known.value;
    const generation = this.#generation;
    const { value, believedMs } = await ask();
    if (generation === this.#generation) {
      memory.delete(name);
      if (memory.size >= MOST_ENTRIES) memory.delete(memory.keys().next().value!);
      memory.set(name, { value, until: askedAt + believedMs });
    }
    return value;
  }
}
