/** A label and a summary have a few hundred bytes, a model's thoughts before them some more. */
const MOST_BYTES = 1024 * 1024;

/** Headers in which a key travels. */
const KEY_HEADERS = ["authorization", "x-api-key", "x-goog-api-key"];

/**
 * `fetch` for the SDK: follows no redirect (texts and key go where the operator said and nowhere else), reads no more than a megabyte, and
 * sends no key if there is none.
 */
export function guardedFetch(withKey: boolean): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    if (!withKey) for (const name of KEY_HEADERS) headers.delete(name);
    const response = await fetch(input, { ...init, headers, redirect: "manual" });
    const body = await readAtMost(response, MOST_BYTES);
    // The body is decoded by now.
    const plain = new Headers(response.headers);
    for (const name of ["content-encoding", "content-length", "transfer-encoding"]) plain.delete(name);
    return new Response(isEmpty(response.status) ? null : body, { status: response.status, headers: plain });
  };
}

/** Statuses whose answers may have no body. */
function isEmpty(status: number): boolean {
  return [204, 205, 304].includes(status);
}

async function readAtMost(response: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > most) throw new AnswerTooLong(`The answer is longer than ${most} bytes.`);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

export class AnswerTooLong extends Error {}
