import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface EmbeddingRequest {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format?: string;
  readonly dimensions?: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a text as it is. */
  readonly body?: unknown;
  /** Close the connection instead of an answer. */
  readonly hangUp?: boolean;
  /** Answer nothing until the endpoint closes. */
  readonly silent?: boolean;
}

export interface EmbeddingEndpoint {
  /** The base URL, …/v1. */
  readonly url: string;
  /** What came, in order, the first contact included. */
  readonly requests: readonly (EmbeddingRequest & { readonly authorization: string | undefined })[];
  /** Most requests that were under way at a time. */
  readonly mostAtATime: number;
  close(): Promise<void>;
}

/** The vector the endpoint gives a text: [its length, its first character, 0.1]. */
export function endpointVector(text: string): Float32Array {
  return Float32Array.of(text.length, text.length > 0 ? text.charCodeAt(0) : 0, 0.1);
}

/** The usual answer, in reverse order with its indexes, in the form that was asked for. */
export function usualAnswer({ input, encoding_format }: EmbeddingRequest): { data: object[] } {
  const data = input.map((text, index) => {
    const vector = endpointVector(text);
    return {
      object: "embedding",
      index,
      embedding: encoding_format === "base64" ? Buffer.from(vector.buffer).toString("base64") : [...vector],
    };
  });
  return { data: data.reverse() };
}

/**
 * A server on this machine that speaks OpenAI's embeddings protocol. `answer` may answer a request in another way; it gets
 * the request and its number from 0, undefined means the usual answer.
 */
export async function startEmbeddingEndpoint(
  answer: (
    request: EmbeddingRequest,
    number: number,
  ) => Answer | undefined | Promise<Answer | undefined> = () => undefined,
): Promise<EmbeddingEndpoint> {
  const requests: (EmbeddingRequest & { authorization: string | undefined })[] = [];
  let atATime = 0;
  let mostAtATime = 0;
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    mostAtATime = Math.max(mostAtATime, ++atATime);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const request = JSON.parse(Buffer.concat(chunks).toString()) as EmbeddingRequest;
      requests.push({ ...request, authorization: incoming.headers.authorization });
      const wanted =
        incoming.method === "POST" && incoming.url?.split("?")[0] === "/v1/embeddings"
          ? ((await answer(request, requests.length - 1)) ?? { body: usualAnswer(request) })
          : { status: 404, body: { error: { message: `no ${incoming.method} ${incoming.url}` } } };
      if (wanted.silent) return;
      if (wanted.hangUp) return void response.destroy();
      response.writeHead(wanted.status ?? 200, { "content-type": "application/json", ...wanted.headers });
      response.end(typeof wanted.body === "string" ? wanted.body : JSON.stringify(wanted.body ?? {}));
    } finally {
      atATime--;
    }
  };
  const server = createServer((incoming, response) => void handle(incoming, response));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    get mostAtATime() {
      return mostAtATime;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((done) => server.close(() => done()));
    },
  };
}
