import type { Field } from "./filter.ts";

const MAX_LENGTH = 500;
const MAX_LEVELS = 20;

/** What the server keeps about a document, by the names the wire has for it. */
const KEPT: Readonly<Record<string, Field>> = {
  document_id: { kind: "id", column: "document_id" },
  collection_id: { kind: "id", column: "collection_id" },
  created_at: { kind: "own_or_instant", column: "created_at" },
  updated_at: { kind: "own_or_instant", column: "updated_at" },
  "_internal.document_id": { kind: "id", column: "document_id" },
  "_internal.collection_id": { kind: "id", column: "collection_id" },
  "_internal.created_at": { kind: "instant", column: "created_at" },
  "_internal.updated_at": { kind: "instant", column: "updated_at" },
};

/**
 * The field a text names: one that the server keeps, or a path into the payload with dots between levels; `\.` is a
 * dot in a name, `\\` a backslash. What is wrong with the text is returned as a string.
 */
export function readFieldPath(text: string): Field | string {
  if (text.length > MAX_LENGTH) return `A field's path has at most ${MAX_LENGTH} characters`;
  if (Object.hasOwn(KEPT, text)) return KEPT[text]!;
  const path = splitPath(text);
  if (path[0] === "_internal" || path[0] === "vectors" || path[0] === "document_blobs") {
    return `'${path[0]}' cannot be filtered by; of what the server keeps there are ${Object.keys(KEPT).join(", ")}`;
  }
  if (path.includes(""))
    return "A field's path is names with dots between them, such as author.name; a name is empty here";
  if (path.length > MAX_LEVELS) return `A field's path has at most ${MAX_LEVELS} levels`;
  return { kind: "payload", path };
}

function splitPath(text: string): string[] {
  const names: string[] = [];
  let name = "";
  for (let at = 0; at < text.length; at++) {
    const next = text[at + 1];
    if (text[at] === "\\" && (next === "." || next === "\\")) {
      name += next;
      at++;
    } else if (text[at] === ".") {
      names.push(name);
      name = "";
    } else name += text.charAt(at);
  }
  return [...names, name];
}

/** The path in PostgreSQL's language, lax: a level that is an array stands for its elements. */
export function jsonPathOf(path: readonly string[]): string {
  return `$${path.map((name) => `.${JSON.stringify(name)}`).join("")}`;
}
