import { RequestError, toRequestError } from "./request-error.ts";

export interface ClientOptions {
  /** Where the server is, for example http://127.0.0.1:7171. */
  readonly url: string;
  readonly apiKey: string;
  /** Id or name of the namespace; routes that are not in one ignore it. */
  readonly namespace?: string;
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Sends requests with the key and the namespace, and turns every refusal into a RequestError. */
export class Transport {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    return this.send<T>(method, path, options, body, "application/json");
  }

  /** Sends a body as it is. */
  async send<T>(
    method: string,
    path: string,
    options: RequestOptions,
    body: string | Uint8Array | undefined,
    contentType: string,
  ): Promise<T> {
    const { url, apiKey, namespace, fetch: send = fetch } = this.#options;
    const target = new URL(path, url.endsWith("/") ? url : `${url}/`);
    for (const [key, value] of Object.entries(options.query ?? {})) {
      for (const each of Array.isArray(value) ? (value as readonly string[]) : [value]) {
        if (each !== undefined) target.searchParams.append(key, String(each));
      }
    }
    let response: Response;
    try {
      response = await send(target, {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(namespace === undefined ? {} : { "x-namespace": namespace }),
          ...(body === undefined ? {} : { "content-type": contentType }),
        },
        ...(body === undefined ? {} : { body: body as string | Uint8Array<ArrayBuffer> }),
        ...(options.signal ? { signal: options.signal } : {}),
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new RequestError(
        0,
        "unreachable",
        `No server answers at ${url}. Is it running? Start it with 'recluster serve'.`,
        undefined,
        error,
      );
    }
    const answer = await readBody(response);
    if (!response.ok || answer === NOT_JSON) {
      throw toRequestError(response.status, answer, response.headers.get("retry-after"));
    }
    return answer as T;
  }
}

const NOT_JSON = Symbol("not JSON");

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return NOT_JSON;
  }
}
