import type { NewDocument } from "#client/documents.ts";

/** Where text is looked for when nobody says. */
export const USUAL_TEXT_PATHS = ["title", "text", "content"] as const;

/** `empty`: nothing there; `wrong`: something that is no text. Both say what was found. */
export type DocumentText =
  { readonly text: string } | { readonly empty: string } | { readonly wrong: string };

/**
 * The text to embed: what the payload has at each path, joined by line breaks. A path is a name in the payload or, dotted,
 * one inside of objects; its value is a text, a number (a title may be 1984) or a list of these.
 */
export function documentText(document: NewDocument, paths: readonly string[]): DocumentText {
  const parts: string[] = [];
  for (const path of paths) {
    const value = valueAt(document.payload ?? {}, path);
    if (value === undefined || value === null) continue;
    for (const part of (Array.isArray(value) ? value : [value]) as readonly unknown[]) {
      if (typeof part !== "string" && typeof part !== "number") {
        return { wrong: `${path} ${Array.isArray(value) ? "holds" : "is"} ${kindOf(part)}, not text` };
      }
      if (String(part).trim() !== "") parts.push(String(part));
    }
  }
  return parts.length > 0 ? { text: parts.join("\n") } : { empty: `no text in ${paths.join(", ")}` };
}

function valueAt(payload: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "an object";
}
