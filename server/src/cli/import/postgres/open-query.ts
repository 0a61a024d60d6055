import { Client, escapeIdentifier, escapeLiteral, type QueryArrayResult } from "pg";

import { Unreadable } from "../../../documents/formats/unreadable.ts";
import { CommandError } from "../../explain-failure.ts";
import type { ImportRow } from "../import-source.ts";
import { valueReader, type QueryField } from "./row-values.ts";

const ROWS_AT_ONCE = 1_000;
const CONNECT_MS = 15_000;

/** Where `--follow` has come to. */
export interface FollowFrom {
  readonly column: string;
  readonly last: string | null;
  /** Whether all rows of that very value are in. */
  readonly complete: boolean;
}

export interface QueryRow extends ImportRow {
  /** The value of the column that is followed, as PostgreSQL writes it. */
  readonly cursor: string | null;
}

export interface OpenQuery {
  readonly fields: readonly QueryField[];
  rows(): AsyncGenerator<QueryRow>;
  close(): Promise<void>;
}

/** No connection, or one that broke: it may be there again later. */
export class SourceAway extends CommandError {
  constructor(what: string, cause: unknown) {
    const { message, code } = cause as { message: string; code?: string };
    // An address with several IP addresses, such as localhost, fails with an empty message and a code.
    super(`${what}: ${message === "" ? (code ?? "no address answers") : message}.`, { cause });
  }
}

/**
 * Runs a query in a read-only transaction and reads its rows through a cursor, 1,000 at a time, so that no result is
 * ever in memory whole. Throws Unreadable for a query the server refuses, and SourceAway for what the connection does.
 */
export async function openQuery(url: string, query: string, follow: FollowFrom | null): Promise<OpenQuery> {
  // Every value comes as the server's text: dates keep their microseconds, large numbers their digits.
  const types = { getTypeParser: () => (text: string) => text };
  const client = new Client({
    connectionString: url,
    types: types,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: "recluster import",
  });
  // Told by the statement that fails; without a listener it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new SourceAway("No connection to PostgreSQL", error);
  }
  try {
    await client.query("begin isolation level repeatable read read only");
    await client.query("set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'");
    const head = await refusedHere(() =>
      client.query({ text: `select * from (${inner(query)}) q limit 0`, rowMode: "array" }),
    );
    const fields = await fieldsOf(client, head);
    if (follow) assertColumn(fields, follow.column);
    const statement = follow ? followed(query, follow) : inner(query);
    await refusedHere(() => client.query(`declare recluster_import no scroll cursor for ${statement}`));
    return { fields, rows: () => readRows(client, fields, follow?.column), close: () => client.end() };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** A semicolon at its end is what people write. */
function inner(query: string): string {
  return `${query.trim().replace(/;\s*$/, "")}\n`;
}

function followed(query: string, { column, last, complete }: FollowFrom): string {
  const name = `q.${escapeIdentifier(column)}`;
  const where =
    last === null ? `${name} is not null` : `${name} ${complete ? ">" : ">="} ${escapeLiteral(last)}`;
  return `select * from (${inner(query)}) q where ${where} order by ${name}`;
}

async function fieldsOf(client: Client, head: QueryArrayResult): Promise<QueryField[]> {
  const ids = head.fields.map(({ dataTypeID }) => dataTypeID);
  const { rows } = await client.query<{ oid: string; typname: string }>(
    `select oid::text, typname from pg_type where oid in (${ids.join(",") || "0"})`,
  );
  const names = new Map(rows.map(({ oid, typname }) => [Number(oid), typname]));
  const fields = head.fields.map(({ name, dataTypeID }) => ({
    name,
    typeId: dataTypeID,
    typeName: names.get(dataTypeID) ?? "unknown",
  }));
  const double = fields.find(({ name }, i) => fields.findIndex((other) => other.name === name) !== i);
  if (double)
    throw new Unreadable(
      `The query has two columns named '${double.name}'; name one differently: ${double.name} as …`,
    );
  return fields;
}

function assertColumn(fields: readonly QueryField[], column: string): void {
  if (fields.some(({ name }) => name === column)) return;
  throw new Unreadable(
    `--follow '${column}' is no column of the query; it has: ${fields.map(({ name }) => name).join(", ")}. Add it to the select.`,
  );
}

async function* readRows(
  client: Client,
  fields: readonly QueryField[],
  follow: string | undefined,
): AsyncGenerator<QueryRow> {
  const readers = fields.map((field) => [field.name, valueReader(field)] as const);
  const cursorAt = fields.findIndex(({ name }) => name === follow);
  let row = 0;
  while (true) {
    const { rows } = await refusedHere(() =>
      client.query<(string | null)[]>({
        text: `fetch forward ${ROWS_AT_ONCE} from recluster_import`,
        rowMode: "array",
      }),
    );
    for (const cells of rows) {
      row += 1;
      const value = Object.fromEntries(readers.map(([name, read], i) => [name, read(cells[i] ?? null)]));
      yield { row, where: `row ${row}`, value, done: row, cursor: cells[cursorAt] ?? null };
    }
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

/** What the server says against a statement is the query's fault; anything else is the connection's. */
async function refusedHere<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // Classes 08 and 57P are the connection's and a server that goes down.
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^(08|57P)/.test(code)) {
      throw new SourceAway("The connection to PostgreSQL broke", error);
    }
    throw new Unreadable(`PostgreSQL refuses the query: ${message} (${code}).`, { cause: error });
  }
}
