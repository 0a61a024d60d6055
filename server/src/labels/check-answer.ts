import type { Labeling } from "../clusters/labeling.ts";
import { cleanText } from "./clean-text.ts";
import type { ClusterName } from "./name-request.ts";

const LABEL_LENGTH = 80;
const LABEL_WORDS = 12;
const SUMMARY_LENGTH = 600;
const KEYWORD_LENGTH = 40;
const MOST_KEYWORDS = 10;

/** Where a text would lead somebody who follows it, and what a page would take for markup. */
const ADDRESS = /\b(https?|ftp|javascript|data):|\bwww\.|\b[\w.+-]+@[\w-]+\.\w/i;
const MARKUP = /<\/?[a-z!]|!?\[[^\]]*\]\(/i;
/** What models say instead of an answer. */
const REFUSAL =
  /^(i[’']?m sorry|i am sorry|sorry,|i can(no|[’']|no )?t\b|i am unable|i[’']?m unable|as an ai\b)/i;

/** An answer that cannot be used; the message says why and is shown to users, so nothing of the answer is in it. */
export class UnusableAnswer extends Error {}

/**
 * What of a model's answer becomes a cluster's name: a label within bounds, or nothing. A summary is cut, keywords that break a
 * bound are left out. Throws UnusableAnswer.
 */
export function checkAnswer(answer: unknown, labeling: Labeling): ClusterName {
  if (typeof answer !== "object" || answer === null) throw new UnusableAnswer("the answer is no JSON object");
  const { label, summary, keywords } = answer as Record<string, unknown>;
  return {
    label: checkLabel(label),
    summary: labeling.includeSummary ? checkSummary(summary) : null,
    keywords: labeling.includeKeywords ? checkKeywords(keywords) : null,
  };
}

function checkLabel(given: unknown): string {
  if (typeof given !== "string") throw new UnusableAnswer("the answer has no label");
  const label = cleanText(given)
    .replace(/^["'“”«»„`]+|["'“”«»„`]+$/g, "")
    .replace(/\.$/, "")
    .trim();
  if (!/[\p{L}\p{N}]/u.test(label)) throw new UnusableAnswer("the label is empty");
  if (REFUSAL.test(label)) throw new UnusableAnswer("the model refuses to name it");
  if (label.length > LABEL_LENGTH || label.split(" ").length > LABEL_WORDS) {
    throw new UnusableAnswer(`the label is longer than ${LABEL_LENGTH} characters or ${LABEL_WORDS} words`);
  }
  if (ADDRESS.test(label) || MARKUP.test(label))
    throw new UnusableAnswer("the label has an address or markup in it");
  return label;
}

function checkSummary(given: unknown): string | null {
  if (typeof given !== "string") throw new UnusableAnswer("the answer has no summary");
  const summary = cleanText(given);
  if (ADDRESS.test(summary) || MARKUP.test(summary)) {
    throw new UnusableAnswer("the summary has an address or markup in it");
  }
  if (summary.length <= SUMMARY_LENGTH) return summary === "" ? null : summary;
  return `${summary
    .slice(0, SUMMARY_LENGTH - 1)
    .toWellFormed()
    .trimEnd()}…`;
}

function checkKeywords(given: unknown): string[] {
  if (!Array.isArray(given)) throw new UnusableAnswer("the answer has no keywords");
  const kept = new Map<string, string>();
  for (const one of given as unknown[]) {
    const keyword = typeof one === "string" ? cleanText(one) : "";
    if (keyword === "" || keyword.length > KEYWORD_LENGTH || ADDRESS.test(keyword) || MARKUP.test(keyword))
      continue;
    if (kept.size < MOST_KEYWORDS && !kept.has(keyword.toLowerCase()))
      kept.set(keyword.toLowerCase(), keyword);
  }
  return [...kept.values()];
}
