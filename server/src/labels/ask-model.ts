import { APICallError, type LanguageModelV4, type LanguageModelV4GenerateResult } from "@ai-sdk/provider";

import type { LabelingParameters } from "../clusters/labeling.ts";
import type { Clock } from "../platform/clock.ts";
import { retryWaitMs } from "../platform/retry-wait.ts";
import { sleep } from "../platform/timers.ts";
import { AnswerTooLong } from "./guarded-fetch.ts";
import type { Question } from "./question.ts";

/** Tries of one question; what is wrong for longer is told by the run, and the next run asks again. */
const MOST_TRIES = 3;
/** Room for the thoughts of a model that thinks: they count, too. */
const MAX_OUTPUT_TOKENS = 4_096;

export interface Asking {
  readonly model: LanguageModelV4;
  /** Who is asked, for messages. */
  readonly name: string;
  /** Where its key comes from, for messages. */
  readonly keyName: string;
  readonly parameters: LabelingParameters;
  /** The longest one try may take. */
  readonly callMs: number;
  /** By `clock`: no try and no wait goes beyond. */
  readonly endsAtMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export type Asked =
  | { readonly answer: unknown }
  /** In words of ours, fit for users: what providers say may name their customer. `all`: no other question would pass either. */
  | { readonly failure: string; readonly all: boolean; readonly cause?: unknown };

/** Asks one question; tries again what may pass. Never throws. */
export async function askModel(asking: Asking, question: Question): Promise<Asked> {
  const { clock, endsAtMs, signal } = asking;
  for (let tried = 1; ; tried++) {
    const leftMs = endsAtMs - clock.monotonicMs();
    if (signal.aborted) return { failure: "the run was ended", all: true };
    if (leftMs <= 0) return { failure: "the time for names was over", all: true };
    const outcome = await tryOnce(asking, question, Math.ceil(Math.min(asking.callMs, leftMs)));
    if (!("headers" in outcome)) return outcome;
    const waitMs = retryWaitMs(outcome.headers, tried, clock.now());
    if (tried >= MOST_TRIES) {
      return { failure: `${outcome.failure} (${tried} tries)`, all: false, cause: outcome.cause };
    }
    if (waitMs > endsAtMs - clock.monotonicMs()) {
      const wait = outcome.headers.has("retry-after")
        ? `asks to wait ${Math.ceil(waitMs / 1000)} s, longer than there is time for names`
        : "there is no time to try again";
      return { failure: `${outcome.failure} and ${wait}`, all: true, cause: outcome.cause };
    }
    await sleep(waitMs, signal);
  }
}

/** `headers`: may pass. */
type Try = Asked | { readonly failure: string; readonly headers: Headers; readonly cause: unknown };

async function tryOnce(asking: Asking, { instructions, data, schema }: Question, ms: number): Promise<Try> {
  const { model, name, parameters, signal } = asking;
  try {
    const result = await model.doGenerate({
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      ...parameters,
      prompt: [
        { role: "system", content: instructions },
        { role: "user", content: [{ type: "text", text: data }] },
      ],
      responseFormat: { type: "json", name: "answer", schema },
      abortSignal: AbortSignal.any([signal, AbortSignal.timeout(ms)]),
    });
    return answerIn(result, name);
  } catch (error) {
    return failureOf(asking, error, ms);
  }
}

function answerIn(
  { content, structuredOutputText, finishReason }: LanguageModelV4GenerateResult,
  name: string,
): Asked {
  switch (finishReason.unified) {
    case "content-filter":
      return { failure: `${name} refuses to answer about these documents`, all: false };
    case "length":
      return { failure: `${name} was cut off before its answer was complete`, all: false };
  }
  const text =
    structuredOutputText ?? content.map((part) => (part.type === "text" ? part.text : "")).join("");
  try {
    // Some servers that call themselves compatible put the object into a fence.
    return {
      answer: JSON.parse(/^\s*```(?:json)?\n([\s\S]*?)\n?```\s*$/.exec(text)?.[1] ?? text) as unknown,
    };
  } catch (cause) {
    return { failure: `${name} answers something else than JSON`, all: false, cause };
  }
}

function failureOf({ name, keyName, signal }: Asking, cause: unknown, ms: number): Try {
  if (signal.aborted) return { failure: "the run was ended", all: true };
  const headers = new Headers();
  if (isTimeout(cause))
    return { failure: `${name} did not answer within ${Math.ceil(ms / 1000)} s`, headers, cause };
  if (causes(cause).some((error) => error instanceof AnswerTooLong)) {
    return { failure: `${name} answers more than a label takes`, all: false, cause };
  }
  if (!APICallError.isInstance(cause))
    return { failure: `${name} answers what makes no sense`, all: false, cause };
  const { statusCode: status, responseBody = "" } = cause;
  if (status === undefined) return { failure: `${name} cannot be reached`, headers, cause };
  if (status < 300) return { failure: `${name} answers what makes no sense`, all: false, cause };
  const failure = `${name} answers ${status}`;
  if (status < 400) return { failure: `${failure}, a redirect, which is not followed`, all: true, cause };
  if (status === 401 || status === 403) return { failure: `${failure}: check ${keyName}`, all: true, cause };
  if (status === 404) return { failure: `${failure}: check the model's name`, all: true, cause };
  if (status === 429 && /insufficient_quota/.test(responseBody)) {
    return { failure: `${failure}: its quota is used up`, all: true, cause };
  }
  if ([408, 409, 425, 429].includes(status) || status >= 500) {
    return { failure, headers: new Headers(cause.responseHeaders), cause };
  }
  return { failure, all: false, cause };
}

function isTimeout(error: unknown): boolean {
  return causes(error).some((one) => (one as Error).name === "TimeoutError");
}

function causes(error: unknown): unknown[] {
  const all: unknown[] = [];
  for (let one = error; one instanceof Error && all.length < 10; one = one.cause) all.push(one);
  return all;
}
