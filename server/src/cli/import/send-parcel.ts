import type { Recluster } from "#client/client.ts";
import { RequestError } from "#client/request-error.ts";
import type { IngestResponse } from "#contract/documents.ts";
import { sleep } from "../../platform/timers.ts";
import type { Parcel } from "./parcel.ts";

const FIRST_WAIT_S = 1;
const LONGEST_WAIT_S = 30;
/** Tries of a server that cannot be reached or is not well, about 5 minutes; one that is busy says when to come back. */
const TRIES = 14;

export interface SendOptions {
  readonly client: Recluster;
  readonly collection: string;
  readonly strict: boolean;
  /** Ends the waiting, not a request. */
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/**
 * Sends a request until it is answered: a server that is busy (429), not well (503) or away is waited for. What is sent
 * twice counts as unchanged the second time. Throws the refusal, or the last failure.
 */
export async function sendParcel(parcel: Parcel, options: SendOptions): Promise<IngestResponse> {
  const { client, collection, strict, signal, say } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      const { columns } = parcel;
      return await client.documents.ingestBody(collection, parcel.body, parcel.contentType, {
        strict,
        ...(columns ? { columns } : {}),
      });
    } catch (error) {
      if (!(error instanceof RequestError) || !mayPass(error)) throw error;
      if (error.status !== 429 && attempt >= TRIES) throw error;
      const seconds = error.retryAfterSeconds ?? Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempt - 1));
      say(`${firstSentence(error.message)} Trying again in ${seconds} s.`);
      await sleep(seconds * 1000, signal);
      if (signal.aborted) throw error;
    }
  }
}

function mayPass({ status }: RequestError): boolean {
  return status === 0 || status === 429 || status === 503;
}

function firstSentence(message: string): string {
  return message.split("\n")[0]!.replace(/([.?]) .*/, "$1");
}
