import type { PlainDocument } from "./import-source.ts";
import { PARCEL_BYTES, type Parcel } from "./parcel.ts";

/** The server commits NDJSON by 1,000 lines. */
const LINES_A_PARCEL = 1_000;

/** Documents as NDJSON, up to 1,000 lines or 16 million characters a request. */
export async function* lineParcels(
  documents: AsyncIterable<PlainDocument>,
  batchSize = LINES_A_PARCEL,
): AsyncGenerator<Parcel> {
  let lines: string[] = [];
  let wheres: string[] = [];
  let characters = 0;
  let last = { rows: 0, done: 0 };
  const take = (): Parcel => {
    const own = wheres;
    const parcel = {
      body: `${lines.join("\n")}\n`,
      contentType: "application/x-ndjson",
      documents: lines.length,
      ...last,
      whereOf: (index: number) => own[index] ?? `document ${index + 1}`,
    };
    lines = [];
    wheres = [];
    characters = 0;
    return parcel;
  };
  for await (const document of documents) {
    const line = document.text ?? toLine(document);
    if (lines.length >= batchSize || (lines.length > 0 && characters + line.length > PARCEL_BYTES))
      yield take();
    lines.push(line);
    wheres.push(document.where);
    characters += line.length;
    last = { rows: document.row, done: document.done };
  }
  if (lines.length > 0) yield take();
}

function toLine({ document_id, payload, vectors }: PlainDocument): string {
  return JSON.stringify({ document_id, payload, vectors });
}
