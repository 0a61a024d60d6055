import { createHash } from "node:crypto";

import { APICallError } from "@ai-sdk/provider";

import type { DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import type { Logger } from "../platform/logger.ts";
import { type Asking, askModel } from "./ask-model.ts";
import { UnusableAnswer } from "./check-answer.ts";
import { type Question, QUESTION_VERSION } from "./question.ts";
import { readAnswers, storeAnswer } from "./store.ts";

/** Questions in a row without a usable answer, after which no more are asked: something is wrong with all of them. */
const MOST_FAILURES = 5;
/** Characters of what a provider says, in the log. */
const SAID = 300;

export interface AskerDeps {
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
}

export interface AskerOptions {
  readonly namespaceId: string;
  /** For the log. */
  readonly runId: string;
  readonly asking: Asking;
  /** Which model under which address: with the question it makes the content that an answer is kept by. */
  readonly identity: object;
  readonly cacheSeconds: number;
  readonly apiKey: string | undefined;
}

export type Outcome<T> =
  | { readonly found: T }
  | { readonly failure: string }
  /** It was not asked; `givenUp` says why. */
  | { readonly skipped: true };

/** Asks the questions of one run, each at most once as long as its answer is kept, and stops when asking is of no use. */
export class Asker {
  /** Why no more questions are asked. */
  givenUp: string | null = null;
  readonly #deps: AskerDeps;
  readonly #options: AskerOptions;
  #failures = 0;
  #known = new Map<string, unknown>();

  constructor(deps: AskerDeps, options: AskerOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Looks up what was answered before, all in one statement. */
  async recall(questions: readonly Question[]): Promise<void> {
    const { namespaceId, cacheSeconds: seconds } = this.#options;
    const hashes = questions.map((question) => this.#hash(question));
    const found = await this.#remembering("reading kept answers", () =>
      readAnswers(this.#deps.db.sql, this.#deps.clock, namespaceId, { hashes, seconds }),
    );
    this.#known = new Map([...this.#known, ...(found ?? [])]);
  }

  /**
   * What `check` makes of the answer: a kept one, or the model's. One that `check` refuses by UnusableAnswer is asked for
   * once more, with the reason. Never throws.
   */
  async ask<T>(question: Question, check: (answer: unknown) => T): Promise<Outcome<T>> {
    const hash = this.#hash(question);
    const known = this.#known.get(hash);
    if (known !== undefined) {
      const kept = checked(known, check);
      // The rules may have become stricter since.
      if ("found" in kept) return kept;
    }
    let refused = "";
    for (const instructions of [question.instructions, null]) {
      if (this.givenUp !== null) return { skipped: true };
      const again = `${question.instructions}\n\nYour last answer could not be used: ${refused}.`;
      const asked = await askModel(this.#options.asking, {
        ...question,
        instructions: instructions ?? again,
      });
      if ("failure" in asked) return this.#failed(asked.failure, asked.all, asked.cause);
      const answer = checked(asked.answer, check);
      if ("found" in answer) {
        this.#failures = 0;
        await this.#keep(hash, asked.answer as object);
        return answer;
      }
      refused = answer.failure;
    }
    return this.#failed(`${this.#options.asking.name} answers what cannot be used: ${refused}`, false);
  }

  #failed(failure: string, all: boolean, cause?: unknown): { failure: string } | { skipped: true } {
    const { runId } = this.#options;
    this.#deps.logger.warn({ runId, reason: failure, said: this.#said(cause) }, "a cluster got no name");
    if (all) {
      this.givenUp ??= failure;
      return { skipped: true };
    }
    this.#failures += 1;
    if (this.#failures >= MOST_FAILURES)
      this.givenUp ??= `${MOST_FAILURES} questions in a row had no usable answer`;
    return { failure };
  }

  async #keep(hash: string, answer: object): Promise<void> {
    const { namespaceId, cacheSeconds: seconds } = this.#options;
    await this.#remembering("keeping an answer", () =>
      storeAnswer(this.#deps.db.sql, this.#deps.clock, namespaceId, { hash, answer, seconds }),
    );
  }

  /** What is kept saves time and money; a run goes on without. */
  async #remembering<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#deps.logger.warn({ err: error, runId: this.#options.runId }, `${what} failed`);
      return undefined;
    }
  }

  #hash(question: Question): string {
    const { identity, asking } = this.#options;
    const content = { version: QUESTION_VERSION, identity, parameters: asking.parameters, ...question };
    return createHash("sha256").update(JSON.stringify(content)).digest("hex");
  }

  /** Not the error itself, which has the documents' texts in it, and no key. */
  #said(cause: unknown): string | undefined {
    if (!(cause instanceof Error)) return undefined;
    const said = APICallError.isInstance(cause) && cause.statusCode === undefined ? cause.cause : cause;
    const { message } = said instanceof Error ? said : cause;
    const { apiKey } = this.#options;
    return (apiKey ? message.replaceAll(apiKey, "<key>") : message).slice(0, SAID);
  }
}

function checked<T>(answer: unknown, check: (answer: unknown) => T): { found: T } | { failure: string } {
  try {
    return { found: check(answer) };
  } catch (error) {
    if (error instanceof UnusableAnswer) return { failure: error.message };
    throw error;
  }
}
