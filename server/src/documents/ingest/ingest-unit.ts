import type { DocumentError, IncomingDocument } from "../incoming-document.ts";
import { DocumentRefused, idOf, randomId, readDocument } from "../incoming-document.ts";
import type { IngestRequest } from "./ingest-request.ts";

/**
 * The documents of one unit, checked: those to be stored together, and why others are not. The same id twice in a
 * request is an error for the second, so the request keeps its ids from unit to unit.
 */
export class IngestUnit {
  readonly documents: IncomingDocument[] = [];
  readonly errors: DocumentError[] = [];
  bytes = 0;
  readonly #request: Pick<IngestRequest, "collection" | "ids" | "idFor">;

  constructor(request: Pick<IngestRequest, "collection" | "ids" | "idFor">) {
    this.#request = request;
  }

  get size(): number {
    return this.documents.length + this.errors.length;
  }

  /**
   * Takes a document as parsed, or why it was not; `index` is its place in the request, `bytes` the length of its text,
   * `place` where it stands, to begin an error's message with.
   */
  add(value: unknown, index: number, bytes: number, place = ""): void {
    const { collection, idFor } = this.#request;
    this.bytes += bytes;
    try {
      if (value instanceof DocumentRefused) throw value;
      this.#take(readDocument(value, index, collection.features, idFor), idOf(value) !== null);
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      this.errors.push({ index, document_id: idOf(value), message: `${place}${error.message}` });
    }
  }

  /** Takes a document that was checked; `hasOwnId`: its id came with it. */
  addChecked(document: IncomingDocument, hasOwnId: boolean): void {
    try {
      this.#take(document, hasOwnId);
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      const { index, documentId } = document;
      this.refuse({ index, document_id: documentId, message: `Row ${index + 1}: ${error.message}` });
    }
  }

  /** Takes note of a document that was checked and is wrong. */
  refuse(error: DocumentError): void {
    this.errors.push(error);
  }

  #take(document: IncomingDocument, hasOwnId: boolean): void {
    const { ids, idFor } = this.#request;
    if (ids.has(document.documentId)) {
      throw new DocumentRefused(
        "The same document_id stands earlier in this request; only the first is stored.",
      );
    }
    // Random ids cannot come twice.
    if (hasOwnId || idFor !== randomId) ids.add(document.documentId);
    this.documents.push(document);
  }
}
