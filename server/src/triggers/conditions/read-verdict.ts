import { outgoingFailed, shownUrl } from "../../platform/outgoing/outgoing-error.ts";
import type { OutgoingAnswer } from "../../platform/outgoing/send-outgoing.ts";

/** What a custom condition's URL says: a measure, to be held against the threshold, or whether it holds. */
export type Verdict = { readonly value: number } | { readonly met: boolean };

const EXPECTED = 'Expected is status 200 with {"value": number} or {"met": boolean} as JSON.';
const SHOWN = 200;

/**
 * Reads an answer; fields beside the one that counts are left alone.
 *
 * @throws AppError `outgoing_failed` (`answer`) that says what was answered and what is expected
 */
export function readVerdict(url: URL, { status, headers, body }: OutgoingAnswer): Verdict {
  const text = body.toString("utf8");
  const refuse = (why: string) => {
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    const what =
      text === "" ? "nothing" : `'${shown.toWellFormed().replaceAll(/[\u0000-\u001f\u007f]+/g, " ")}'`;
    return outgoingFailed("answer", `${shownUrl(url)} answered ${status} with ${what}: ${why} ${EXPECTED}`, {
      url: shownUrl(url),
      status,
      answered: what,
      content_type: (headers["content-type"] ?? "").slice(0, 100),
    });
  };
  if (status >= 300 && status < 400) {
    const to = (headers.location ?? "nowhere").slice(0, SHOWN);
    throw refuse(`that is a redirect to '${to}', and none is followed: give that URL.`);
  }
  if (status < 200 || status > 299) throw refuse("that status is no success.");
  const answer = parse(text);
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    throw refuse(answer === undefined ? "that is no JSON." : "that is no JSON object.");
  }
  const { value, met } = answer as { value?: unknown; met?: unknown };
  if (value !== undefined && met !== undefined) throw refuse("it has both value and met.");
  if (typeof met === "boolean") return { met };
  if (met !== undefined) throw refuse(`met is ${kindOf(met)}.`);
  if (value === undefined) throw refuse("it has neither value nor met.");
  // 1e999 is JSON, and infinite.
  if (typeof value !== "number" || !Number.isFinite(value)) throw refuse(`value is ${kindOf(value)}.`);
  return { value };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return "no finite number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
