import type { Clock } from "../../../platform/clock.ts";
import { sleep } from "../../../platform/timers.ts";
import { CommandError } from "../../explain-failure.ts";
import { LONGEST_WAIT_MS, retryWaitMs } from "../../../platform/retry-wait.ts";

/** Tries of one request; with the waits between them an endpoint may be away for about two minutes. */
const MOST_TRIES = 9;

export interface Endpoint {
  /** Of the route itself, …/embeddings. */
  readonly url: string;
  /** The same for messages: without the query, in which some services want a key. */
  readonly name: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly dimensions: number | undefined;
  /** Milliseconds until a request that has no answer is given up and tried again. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends requests and waits. */
  readonly signal: AbortSignal;
}

export type Sent =
  | { readonly body: unknown }
  /** The endpoint does not take these texts: too long, too many, or one of them is not to its liking. */
  | { readonly refused: string };

export interface SendOptions {
  readonly base64: boolean;
  /** Give up at once when nothing answers at all, as with a wrong address. */
  readonly firstContact?: boolean;
}

/**
 * Sends texts to be embedded. Tries again what may pass: 408, 409, 425, 429, 5xx, no answer, a broken connection. Throws
 * CommandError, without the key, for what no other text would pass either.
 */
export async function sendTexts(
  endpoint: Endpoint,
  texts: readonly string[],
  { base64, firstContact = false }: SendOptions,
): Promise<Sent> {
  for (let tried = 1; ; tried++) {
    const outcome = await tryOnce(endpoint, texts, base64);
    endpoint.signal.throwIfAborted();
    if ("body" in outcome || "refused" in outcome) return outcome;
    const wait = retryWaitMs(outcome.headers, tried, endpoint.clock.now());
    const hopeless = tried >= MOST_TRIES || wait > LONGEST_WAIT_MS || (firstContact && outcome.unreachable);
    if (hopeless) {
      const tries = tried === 1 ? "" : ` (${tried} tries)`;
      const asked = wait > LONGEST_WAIT_MS ? ` It asks to wait ${Math.ceil(wait / 1000)} s.` : "";
      throw new CommandError(`${endpoint.name} ${outcome.failure}${tries}.${asked}`);
    }
    await sleep(wait, endpoint.signal);
    endpoint.signal.throwIfAborted();
  }
}

type Try = Sent | { failure: string; headers?: Headers; unreachable: boolean };

async function tryOnce(endpoint: Endpoint, texts: readonly string[], base64: boolean): Promise<Try> {
  const { url, model, apiKey, dimensions, timeoutMs, signal } = endpoint;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({
        model,
        input: texts,
        ...(base64 ? { encoding_format: "base64" } : {}),
        ...(dimensions === undefined ? {} : { dimensions }),
      }),
      // Texts and key go where the user said and nowhere else.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    text = await response.text();
  } catch (error) {
    const timedOut = (error as Error).name === "TimeoutError";
    const failure = timedOut
      ? `did not answer within ${timeoutMs / 1000} s`
      : `cannot be reached: ${reasonOf(error)}`;
    return { failure, unreachable: !timedOut };
  }
  const said = messageOf(text, apiKey);
  const { status, headers } = response;
  if (status === 429 && /insufficient_quota/.test(text)) throw refusal(endpoint, status, said);
  if ([408, 409, 425, 429].includes(status) || status >= 500) {
    return { failure: `answers ${status}${said}`, headers, unreachable: false };
  }
  if ([400, 413, 422].includes(status)) return { refused: `the endpoint answers ${status}${said}` };
  if (!response.ok) throw refusal(endpoint, status, said, headers.get("location"));
  try {
    return { body: JSON.parse(text) as unknown };
  } catch {
    throw new CommandError(
      `${endpoint.name} answers something else than JSON. Is it the base URL of an OpenAI-compatible API?`,
    );
  }
}

function refusal(
  { name, model, apiKey }: Endpoint,
  status: number,
  said: string,
  location?: string | null,
): CommandError {
  const toDo: Readonly<Record<number, string>> = {
    401: apiKey === undefined ? " Set RECLUSTER_EMBED_API_KEY." : " Check RECLUSTER_EMBED_API_KEY.",
    403: " The key may not use it.",
    404: ` Check the URL, which usually ends with /v1, and the model '${model}'.`,
  };
  const moved = location ? ` It points to ${location}; give that URL if you trust it.` : "";
  return new CommandError(`${name} answers ${status}${said}.${toDo[status] ?? ""}${moved}`);
}

/** `: message` as the endpoint gives it, in one line, shortened; the key, which some repeat, is left out. */
function messageOf(text: string, apiKey: string | undefined): string {
  let message = text;
  try {
    const { error, message: plain, detail } = JSON.parse(text) as Record<string, unknown>;
    const given = (error as { message?: unknown } | undefined)?.message ?? error ?? plain ?? detail;
    if (given !== undefined) message = typeof given === "string" ? given : JSON.stringify(given);
  } catch {
    // Not JSON: a proxy's page, say.
  }
  if (apiKey) message = message.replaceAll(apiKey, "<key>");
  message = message.replaceAll(/\s+/g, " ").trim().replace(/\.$/, "");
  return message === "" ? "" : `: ${message.length > 300 ? `${message.slice(0, 300)}…` : message}`;
}

function reasonOf(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause;
  const { code, message } = (cause ?? error) as { code?: string; message?: string };
  return message !== undefined && message !== "" ? message : (code ?? "the connection failed");
}
