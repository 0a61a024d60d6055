import { readFileSync } from "node:fs";

import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

interface Document {
  readonly paths: Record<string, Record<string, { responses: Record<string, { content?: unknown }> }>>;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./contract/${name}`, import.meta.url), "utf8")) as Document;
export const hosted = read("hosted.json");
const seed = read("seed-history.json");

const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (to: Ajv2020) => void)(ajv);
ajv.addSchema(hosted, "hosted");
ajv.addSchema(seed, "seed");

const covered = new Map<string, Set<number>>();

/**
 * Asserts that an answer has the shape the contract gives for this route and status, and notes that it was held
 * against it. `path` is the contract's template. A status the contract does not list for the route is a failure.
 */
export function assertConforms(
  method: string,
  path: string,
  status: number,
  body: unknown,
  document: "hosted" | "seed" = "hosted",
): void {
  const name = `${method} ${path}`;
  const route = (document === "seed" ? seed : hosted).paths[path]?.[method.toLowerCase()];
  if (!route) throw new Error(`The contract has no ${name}.`);
  const answer = route.responses[String(status)];
  if (!answer)
    throw new Error(`The contract of ${name} has no status ${status}; answered: ${JSON.stringify(body)}`);
  covered.set(name, (covered.get(name) ?? new Set()).add(status));
  if (!answer.content) return;
  const pointer = [
    "paths",
    path,
    method.toLowerCase(),
    "responses",
    String(status),
    "content",
    "application/json",
    "schema",
  ]
    .map((piece) => encodeURIComponent(piece.replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/");
  const validate = ajv.getSchema(`${document}#/${pointer}`);
  if (!validate) throw new Error(`The contract has no JSON answer for ${name} ${status}.`);
  if (!validate(body)) {
    const faults = (validate.errors ?? [])
      .map((error) => `  ${error.instancePath} ${error.message}`)
      .join("\n");
    throw new Error(
      `${name} ${status} is not of the contract's shape:\n${faults}\n${JSON.stringify(body).slice(0, 2000)}`,
    );
  }
}

/** The routes of the contract we have, and the statuses of each that were held against it, as lines to print. */
export function coverage(): { lines: string[]; missing: string[] } {
  const lines: string[] = [];
  const missing: string[] = [];
  for (const [path, methods] of Object.entries(hosted.paths)) {
    for (const method of Object.keys(methods).filter((key) => key !== "parameters")) {
      const name = `${method.toUpperCase()} ${path}`;
      const statuses = [...(covered.get(name) ?? [])].sort();
      lines.push(`${name}: ${statuses.join(", ") || "-"}`);
      if (!statuses.some((status) => status < 300)) missing.push(name);
    }
  }
  return { lines, missing };
}
