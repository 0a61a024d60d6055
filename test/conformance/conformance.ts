import { readFileSync } from "node:fs";

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses?: Record<string, Answer> }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Checks answers against one OpenAPI document (3.1: its schemas are JSON Schema 2020-12) and keeps what was checked. */
export class Conformance {
  readonly #document: OpenApi;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #covered = new Map<string, number>();

  constructor(file: string) {
    const text = readFileSync(new URL(`./contract/${file}`, import.meta.url), "utf8");
    this.#document = JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")) as OpenApi;
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
  }

  /** Throws unless the contract knows this status of this route and the body has its shape. */
  assertConforms(method: string, pathTemplate: string, status: number, body: unknown): void {
    const name = `${method.toUpperCase()} ${pathTemplate} ${status}`;
    const validate = this.#validatorOf(method, pathTemplate, status, name);
    if (!validate(body)) {
      const faults = (validate.errors ?? []).map((error) => `${error.instancePath || "/"} ${error.message}`);
      throw new Error(`${name} does not conform:\n${faults.join("\n")}\n${JSON.stringify(body, null, 1)}`);
    }
    this.#covered.set(name, (this.#covered.get(name) ?? 0) + 1);
  }

  /** Every route of the document with the statuses that were checked: `GET /v1/x: 200 ×3, 404`; `-` for none. */
  covered(): string {
    return Object.entries(this.#document.paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
      .sort()
      .map((route) => {
        const statuses = [...this.#covered]
          .filter(([name]) => name.startsWith(`${route} `))
          .map(([name, count]) => name.slice(route.length + 1) + (count > 1 ? ` ×${count}` : ""))
          .sort();
        return `${route}: ${statuses.join(", ") || "-"}`;
      })
      .join("\n");
  }

  #validatorOf(method: string, path: string, status: number, name: string): ValidateFunction {
    const known = this.#validators.get(name);
    if (known) return known;
    const answer = this.#document.paths[path]?.[method.toLowerCase()]?.responses?.[status];
    if (!answer) throw new Error(`The contract has no ${name}.`);
    const schema = answer.content?.["application/json"]?.schema ?? {};
    const validate = this.#ajv.compile({ $defs: this.#document.components.schemas, ...schema });
    this.#validators.set(name, validate);
    return validate;
  }
}

const hosted = new Conformance("hosted.json");
const seed = new Conformance("seed-history.json");

/** Holds an answer against the hosted contract; `pathTemplate` as it writes it: `/v1/tasks/{task_id}`. */
export function assertConforms(method: string, pathTemplate: string, status: number, body: unknown): void {
  hosted.assertConforms(method, pathTemplate, status, body);
}

/** Holds an answer of the history endpoint against the seed's own OpenAPI (0.82, with `error.code`). */
export function assertSeedShape(status: number, body: unknown): void {
  seed.assertConforms("POST", "/v1/clusters/triggers/{trigger_id}/history", status, body);
}

/** What has been checked so far, a line a route. */
export function covered(): string {
  return hosted.covered();
}
