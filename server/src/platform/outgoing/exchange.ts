import { Client, errors } from "undici";

import { AppError } from "../app-error.ts";
import { connectChecked } from "./connect-checked.ts";
import type { HostAddress } from "./find-addresses.ts";
import { outgoingFailed, shownUrl } from "./outgoing-error.ts";

const MOST_HEADER_BYTES = 16 * 1024;

export interface OutgoingRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** For everything: names, connections, redirects, the last byte of the answer. */
  readonly timeoutMs: number;
  /** Of the answer's body; at one byte more the connection is ended. */
  readonly maxBytes: number;
}

export interface OutgoingAnswer {
  readonly status: number;
  /** By names in lower case; those that came twice with commas between. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * One request to one of the addresses, on a connection of its own without a proxy, and its answer: HTTP/1.1, whatever its
 * status, a redirect as it is. Compressed answers, which nobody asked for, are refused: how large they are shows only
 * when they are unpacked.
 *
 * @throws AppError `outgoing_failed` (`connection`, `too_large`, `encoded`, `protocol`), OutgoingRefused, or the signal's reason
 */
export async function exchange(
  url: URL,
  addresses: readonly HostAddress[],
  { method, headers, body, maxBytes }: Omit<OutgoingRequest, "url" | "timeoutMs">,
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  const client = new Client(url.origin, {
    connect: connectChecked(url, addresses, signal),
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MOST_HEADER_BYTES,
  });
  try {
    const answer = await client.request({
      method,
      path: `${url.pathname}${url.search}`,
      headers: { "user-agent": "recluster", accept: "*/*", ...headers, "accept-encoding": "identity" },
      body,
      signal,
    });
    const answered = joined(answer.headers);
    const encoding = answered["content-encoding"] ?? "identity";
    if (encoding.trim().toLowerCase() !== "identity") {
      throw outgoingFailed(
        "encoded",
        `${shownUrl(url)} answered with content-encoding '${encoding.slice(0, 50)}', which was not asked for. Answer uncompressed.`,
        { url: shownUrl(url), status: answer.statusCode },
      );
    }
    return {
      status: answer.statusCode,
      headers: answered,
      body: await readAtMost(answer.body, maxBytes, url, answered),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw toFailure(error, url);
  } finally {
    await client.destroy();
  }
}

async function readAtMost(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
  url: URL,
  headers: OutgoingAnswer["headers"],
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = Number(headers["content-length"] ?? 0) > maxBytes ? Infinity : 0;
  if (bytes === 0) {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) break;
      chunks.push(chunk);
    }
  }
  if (bytes <= maxBytes) return Buffer.concat(chunks);
  throw outgoingFailed(
    "too_large",
    `${shownUrl(url)} answered with more than ${maxBytes} bytes. The rest was not read; answer less.`,
    { url: shownUrl(url), limit_bytes: maxBytes },
  );
}

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), typeof value === "string" ? value : value.join(", ")]],
    ),
  );
}

/** What undici and the sockets throw, in words. */
function toFailure(error: unknown, url: URL): unknown {
  if (error instanceof AppError) return error;
  const shown = shownUrl(url);
  const code = codeOf(error);
  const evidence = { url: shown, ...(code === undefined ? {} : { code }) };
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
    return outgoingFailed("protocol", `${shown} did not answer in HTTP that can be read.`, evidence, error);
  }
  if (error instanceof errors.InvalidArgumentError) return error;
  const why = code === undefined ? "" : ` (${code})`;
  return outgoingFailed(
    "connection",
    `The connection to ${shown} failed or was closed before the answer was whole${why}.`,
    evidence,
    error,
  );
}

/** Of several addresses that were tried, the first one's. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}
