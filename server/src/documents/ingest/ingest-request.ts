import type { IngestResponse } from "#contract/documents.ts";
import { isDatabaseAway } from "../../db/database-errors.ts";
import { AppError } from "../../platform/app-error.ts";
import type { Courtesy } from "../../platform/courtesy.ts";
import type { Collection } from "../collections/store.ts";
import {
  abandonPrepared,
  commitPrepared,
  prepareDocuments,
  type PreparedDocuments,
} from "../commit-documents.ts";
import type { DocumentsDeps } from "../deps.ts";
import { randomId, type DocumentError, type MissingId } from "../incoming-document.ts";
import type { IngestUnit } from "./ingest-unit.ts";

/** An answer lists so many errors; `failed` counts all. */
const LISTED_ERRORS = 10_000;
/** Hold up others for about 100 and 20 ms. */
const PGLITE_UNIT = 2_000;
const PGLITE_UNIT_BESIDE_OTHERS = 100;
/** An error lists fewer: it is for a person to read. */
const LISTED_IN_ERROR = 20;

export interface IngestOptions {
  readonly strict: boolean;
  /** Random ids without. */
  readonly idFor?: MissingId;
  /** Called before each unit; throws if the request may not go on. */
  readonly beforeUnit?: (() => Promise<void>) | undefined;
}

/**
 * One ingest request: commits its units one after the other and knows how far it is durable. While some are committed
 * the next are prepared, never more: what two calls of `commit` are given is in memory at most.
 */
export class IngestRequest {
  readonly collection: Collection;
  /** The id of a document that has none. */
  readonly idFor: MissingId;
  readonly ids = new Set<string>();
  readonly #deps: DocumentsDeps;
  readonly #options: IngestOptions;
  readonly #errors: DocumentError[] = [];
  #committing: Promise<void> = Promise.resolve();
  readonly #counts = { ingested: 0, updated: 0, unchanged: 0, failed: 0 };

  constructor(deps: DocumentsDeps, collection: Collection, options: IngestOptions) {
    this.#deps = deps;
    this.collection = collection;
    this.idFor = options.idFor ?? randomId;
    this.#options = options;
  }

  /** The counts so far: what they count is stored and stays. */
  get durable() {
    return { ...this.#counts };
  }

  get answer(): IngestResponse {
    return { ...this.#counts, errors: this.#errors };
  }

  /** The error with what is stored so far, for the client to know where to go on. */
  withDurable(error: unknown): unknown {
    if (!(error instanceof AppError) || error.details?.durable !== undefined) return error;
    const details = { ...error.details, durable: this.durable };
    return new AppError(error.code, `${error.message} ${this.#stored()}`, { cause: error, details });
  }

  get courtesy(): Courtesy {
    return this.#deps.courtesy;
  }

  /** Documents of the next units, where the format leaves it to us: PGlite serves nobody else while one is committed. */
  unitOf(most: number): number {
    if (this.#deps.db.kind !== "pglite") return most;
    return Math.min(most, this.courtesy.isAttended ? PGLITE_UNIT_BESIDE_OTHERS : PGLITE_UNIT);
  }

  /**
   * Stores the documents of each unit together, one unit after the other, or throws and stores none of that unit; their
   * vectors are written together. Resolves while they are still being committed, so that the next ones are read and their
   * vectors written meanwhile; what goes wrong then is thrown by the next call or by `settled`. Those that finish the batch
   * are waited for.
   */
  async commit(units: readonly IngestUnit[], finishesBatch: boolean): Promise<void> {
    const wrong = this.#options.strict ? units.findIndex(({ errors }) => errors.length > 0) : -1;
    if (wrong >= 0) {
      if (wrong > 0) await this.commit(units.slice(0, wrong), false);
      await this.settled();
      throw this.#refused(units[wrong]!);
    }
    await this.#options.beforeUnit?.();
    const documents = units.flatMap((unit) => unit.documents);
    const preparing = prepareDocuments(this.#deps, this.collection, documents);
    // It is awaited below; until then its failure is nobody's.
    preparing.catch(() => undefined);
    try {
      await this.settled();
    } catch (error) {
      await this.#abandon(preparing);
      throw error;
    }
    this.#committing = this.#commit(units, preparing, finishesBatch);
    this.#committing.catch(() => undefined);
    if (finishesBatch) await this.settled();
    else await preparing.catch(() => undefined);
  }

  /** Waits for the units in commit. Throws what went wrong with it. */
  async settled(): Promise<void> {
    await this.#committing;
  }

  async #commit(
    units: readonly IngestUnit[],
    preparing: Promise<PreparedDocuments>,
    finishesBatch: boolean,
  ): Promise<void> {
    const giveWay = this.courtesy.begin();
    for (const unit of units) {
      if (unit !== units[0]) await giveWay();
      const isLast = unit === units.at(-1);
      await this.#commitUnit(unit, preparing, { finishesBatch: finishesBatch && isLast, more: !isLast });
    }
  }

  async #commitUnit(
    unit: IngestUnit,
    preparing: Promise<PreparedDocuments>,
    options: { readonly finishesBatch: boolean; readonly more: boolean },
  ): Promise<void> {
    try {
      const prepared = { ...(await preparing), documents: unit.documents };
      const counts = await commitPrepared(this.#deps, this.collection, prepared, {
        ...options,
        existing: "update",
      });
      this.#counts.ingested += counts.added;
      this.#counts.updated += counts.updated;
      this.#counts.unchanged += counts.unchanged;
    } catch (error) {
      if (isDatabaseAway(error)) throw this.#interrupted(error);
      throw error;
    }
    this.#counts.failed += unit.errors.length;
    for (const error of unit.errors) if (this.#errors.length < LISTED_ERRORS) this.#errors.push(error);
    this.#deps.signals.announce("ingest.unit", this.durable);
  }

  /** The vectors of a unit that will not be committed, because one before it was not, are let go. */
  async #abandon(preparing: Promise<PreparedDocuments>): Promise<void> {
    const prepared = await preparing.catch(() => undefined);
    if (prepared) await abandonPrepared(this.#deps, prepared);
  }

  #refused(unit: IngestUnit): AppError {
    const first = unit.errors[0]!;
    return new AppError(
      "documents_refused",
      `${unit.errors.length} of ${unit.size} documents are wrong and strict is true, so none of these ${unit.size} was stored. ` +
        `The first, index ${first.index}: ${first.message} ${this.#stored()}`,
      { details: { errors: unit.errors.slice(0, LISTED_IN_ERROR), durable: this.durable } },
    );
  }

  #interrupted(cause: unknown): AppError {
    return new AppError(
      "database_unavailable",
      `The database could not be reached while documents were stored. ${this.#stored()} ` +
        "Whether the ones after that were stored is not known; sending all of them again is safe, equal ones count as unchanged.",
      { cause, details: { durable: this.durable } },
    );
  }

  #stored(): string {
    const { ingested, updated, unchanged } = this.#counts;
    const total = ingested + updated + unchanged;
    return total === 0 ? "Nothing of it was stored." : `The ${total} documents before are stored and stay.`;
  }
}
