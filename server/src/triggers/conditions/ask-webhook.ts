import type { Clock } from "../../platform/clock.ts";
import { newId } from "../../platform/ids.ts";
import { sendOutgoing, type OutgoingDeps } from "../../platform/outgoing/send-outgoing.ts";
import { signRequest } from "../../platform/outgoing/sign-request.ts";
import { readVerdict, type Verdict } from "./read-verdict.ts";

/** Of a check, which other triggers wait behind. */
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024;

export interface AskDeps {
  /** Where it may go. */
  readonly outgoing: OutgoingDeps;
  /** `ensureSigningSecret`'s. */
  readonly signingSecret: string;
  /** Tells the receiver how old the request is: wall time, whatever clock decides what is due. */
  readonly clock: Pick<Clock, "now">;
}

export interface Question {
  readonly url: string;
  readonly triggerId: string;
  readonly clusterId: string;
  readonly namespaceId: string;
  readonly checkedAt: Date;
  /** What is known of the documents: counts, ordinals; sent as it is. */
  readonly documents: Readonly<Record<string, unknown>>;
}

/**
 * Asks a user's URL about a custom condition: a POST of `{type: "condition.check", timestamp, data: {trigger_id, cluster_id, namespace_id,
 * checked_at, documents}}`, signed as Standard Webhooks has it, whose answer is `{"value": number}` or `{"met": boolean}`.
 * It takes 10 seconds and 64 KB at most and follows no redirect.
 *
 * @throws OutgoingRefused `outgoing_refused`, AppError `outgoing_failed` with what was answered and expected; the signal's reason
 */
export async function askWebhook(
  { outgoing, signingSecret, clock }: AskDeps,
  { url, triggerId, clusterId, namespaceId, checkedAt, documents }: Question,
  signal: AbortSignal,
): Promise<Verdict> {
  const body = Buffer.from(
    JSON.stringify({
      type: "condition.check",
      timestamp: checkedAt.toISOString(),
      data: {
        trigger_id: triggerId,
        cluster_id: clusterId,
        namespace_id: namespaceId,
        checked_at: checkedAt.toISOString(),
        documents,
      },
    }),
  );
  const signature = signRequest(signingSecret, { id: newId("msg"), sentAt: clock.now(), body });
  const answer = await sendOutgoing(
    outgoing,
    {
      url,
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...signature },
      body,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    },
    signal,
  );
  return readVerdict(new URL(url), answer);
}
