import type { GivenColumns } from "../../documents/formats/columns/map-columns.ts";
import type { EmbedImport } from "../embed/embed-import.ts";
import type { EmbedPlan } from "../embed/embed-options.ts";
import type { PlainDocument } from "./import-source.ts";
import type { ImportRun } from "./run-import.ts";

/** Where vectors are made of text, no column needs to be one; those that are named are taken as well. */
export function withoutVectors(given: GivenColumns, plan: EmbedPlan | undefined): GivenColumns {
  return plan && given.vectors === undefined ? { ...given, vectors: [] } : given;
}

/** What an import does differently when it embeds: documents get vectors on their way, and the bar says how fast. */
export function embedding(embed: EmbedImport | undefined): Pick<ImportRun, "change" | "note"> {
  if (!embed) return {};
  return {
    change: (documents) => embed.documents(documents, nameOf),
    note: () => embed.progress(),
  };
}

function nameOf({ where, document_id: id }: PlainDocument): string {
  return id === undefined ? where : `${where} (${id})`;
}
