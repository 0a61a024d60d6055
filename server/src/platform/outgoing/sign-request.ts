import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
/** What Standard Webhooks takes. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/** A new secret: `whsec_` and 32 random bytes as base64. */
export function generateSigningSecret(): string {
  return `${PREFIX}${randomBytes(32).toString("base64")}`;
}

/** Whether a text is a secret as Standard Webhooks writes them: `whsec_` and 24 to 64 bytes as base64. */
export function isSigningSecret(text: string): boolean {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : "";
  const bytes = Buffer.from(encoded, "base64");
  return bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES && bytes.toString("base64") === encoded;
}

/**
 * The headers that show who sent a body and when, as Standard Webhooks 1.0 has them (https://www.standardwebhooks.com):
 * `webhook-id`, `webhook-timestamp` in whole seconds and `webhook-signature`, the HMAC-SHA256 of the three with dots
 * between. Its libraries verify them. Theirs for signing brings a SHA-256 of its own in JavaScript; Node's does the same in one line.
 */
export function signRequest(
  secret: string,
  { id, sentAt, body }: { readonly id: string; readonly sentAt: Date; readonly body: Buffer },
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signature = createHmac("sha256", Buffer.from(secret.slice(PREFIX.length), "base64"))
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
