import { RequestError, toRequestError } from "./request-error.ts";

export interface ClientOptions {
  /** Where the server is, such as `http://127.0.0.1:7171`. */
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** Id or name, sent with every request. */
  readonly namespace?: string | undefined;
  /** For tests and for platforms with their own. */
  readonly fetch?: typeof fetch;
}

export type QueryValue = string | number | boolean | null | undefined;

export interface RequestInput {
  /** Left out where null or undefined. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: { readonly content: string; readonly contentType: string };
  readonly signal?: AbortSignal;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Sends requests; every topic's methods go through it. */
export class Transport {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, "") };
  }

  /** The answer's JSON, undefined for an empty one. Throws RequestError for everything that is not a success. */
  async request<T>(method: Method, path: string, input: RequestInput = {}): Promise<T> {
    const { url, apiKey, namespace, fetch: send = fetch } = this.#options;
    const { body, raw, signal } = input;
    const content = raw?.content ?? (body === undefined ? undefined : JSON.stringify(body));
    const headers: Record<string, string> = { accept: "application/json" };
    if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
    if (namespace !== undefined) headers["x-namespace"] = namespace;
    if (content !== undefined) headers["content-type"] = raw?.contentType ?? "application/json";
    let response: Response;
    let text: string;
    try {
      response = await send(`${url}${path}${queryOf(input.query)}`, {
        method,
        headers,
        ...(content === undefined ? {} : { body: content }),
        ...(signal === undefined ? {} : { signal }),
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new RequestError(`The server at ${url} cannot be reached. Is it running?`, {
        status: 0,
        code: "unreachable",
        cause: error,
      });
    }
    const answer = parse(text);
    if (!response.ok || answer === NOT_JSON) throw toRequestError(response.status, answer);
    return answer as T;
  }
}

const NOT_JSON = Symbol("not JSON");

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function queryOf(query: RequestInput["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters.toString()}` : "";
}

/** A path with its variable parts escaped: `path\`/v1/things/${id}\``. */
export function path(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  return String.raw({ raw: strings }, ...parts.map(encodeURIComponent));
}
