/** A document as JSON texts, so that it can hold what JSON.stringify would not write. */
export interface DocumentText {
  readonly id?: string;
  readonly payload?: string;
  readonly vectors?: string;
}

/** What becomes of a document that is wrong by itself, of a text that is no JSON, of a body with too much in it. */
export interface Refusals {
  /** `listed`: the answer is 200 and has it among its errors. */
  readonly wrongDocument: "listed" | 400;
  readonly notJson: 400 | 422;
  /** A document that is too heavy to be parsed. */
  readonly tooHeavy: "listed" | 422;
  readonly existingId: "listed" | 400;
}

export interface DocumentRoute {
  readonly name: string;
  readonly method: "POST" | "PUT" | "PATCH";
  readonly path: string;
  readonly contentType: string;
  /** Whether it unpacks compressed bodies. */
  readonly unpacks: boolean;
  /** Whether payload fields may be named `__proto__`. */
  readonly takesPrototypeNames: boolean;
  readonly refusals: Refusals;
  /** The text of a body with these documents; a route that takes one gets one. */
  readonly body: (documents: readonly DocumentText[]) => string;
  /** A body without end, in front of what is repeated. */
  readonly opening: string;
}

const ingest = ({ id, payload, vectors }: DocumentText): string => {
  const fields = [
    ...(id === undefined ? [] : [`"document_id":${JSON.stringify(id)}`]),
    ...(payload === undefined ? [] : [`"payload":${payload}`]),
    ...(vectors === undefined ? [] : [`"vectors":${vectors}`]),
  ];
  return `{${fields.join(",")}}`;
};

const LISTED = { wrongDocument: "listed", tooHeavy: "listed", existingId: "listed" } as const;

/** Every route that takes documents, into a collection `things` with a feature `v` of two dimensions. */
export const DOCUMENT_ROUTES: readonly DocumentRoute[] = [
  {
    name: "create",
    method: "POST",
    path: "/v1/collections/things/documents",
    contentType: "application/json",
    unpacks: false,
    takesPrototypeNames: false,
    refusals: { wrongDocument: 400, notJson: 422, tooHeavy: 422, existingId: 400 },
    body: ([{ id, payload = "{}", vectors = "{}" } = {}]) =>
      `{"collection_id":"things",${id === undefined ? "" : `"document_id":${JSON.stringify(id)},`}"metadata":${payload},` +
      `"features":[{"feature_extractor_id":"v","vectors":${vectors}}]}`,
    opening: '{"collection_id":"',
  },
  {
    name: "ingest as JSON",
    method: "POST",
    path: "/v1/collections/things/documents/ingest",
    contentType: "application/json",
    unpacks: true,
    takesPrototypeNames: true,
    refusals: { ...LISTED, notJson: 422 },
    body: (documents) => `{"documents":[${documents.map(ingest).join(",")}]}`,
    opening: '{"documents":[{"payload":{"a":"',
  },
  {
    name: "ingest as NDJSON",
    method: "POST",
    path: "/v1/collections/things/documents/ingest",
    contentType: "application/x-ndjson",
    unpacks: true,
    takesPrototypeNames: true,
    refusals: { ...LISTED, notJson: 400 },
    body: (documents) => documents.map((document) => `${ingest(document)}\n`).join(""),
    opening: '{"payload":{"a":"',
  },
];

/** Routes that change documents, here one that is there already: `target`. A batch names what is wrong in its results. */
export const CHANGE_ROUTES: readonly Pick<
  DocumentRoute,
  "name" | "method" | "path" | "contentType" | "body" | "opening"
>[] = [
  ...(["PUT", "PATCH"] as const).map((method) => ({
    name: method === "PUT" ? "replace" : "patch",
    method,
    path: "/v1/collections/things/documents/target",
    contentType: "application/json",
    body: (documents: readonly DocumentText[]) => updateOf(documents),
    opening: '{"a":"',
  })),
  {
    name: "bulk",
    method: "PATCH",
    path: "/v1/collections/things/documents/bulk",
    contentType: "application/json",
    body: (documents) =>
      `{"filters":{"field":"document_id","value":"target"},"update_data":${updateOf(documents)}}`,
    opening: '{"update_data":{"a":"',
  },
  {
    name: "batch",
    method: "POST",
    path: "/v1/collections/things/documents/batch",
    contentType: "application/json",
    body: (documents) => `{"updates":[{"document_id":"target","update_data":${updateOf(documents)}}]}`,
    opening: '{"updates":[{"document_id":"target","update_data":{"a":"',
  },
];

function updateOf([{ payload = "{}", vectors } = {} as DocumentText]: readonly DocumentText[]): string {
  return vectors === undefined ? payload : `{"vectors":${vectors},"p":${payload}}`;
}
