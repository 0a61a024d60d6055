import { type messages, type PGlite, protocol } from "@electric-sql/pglite";

import type { SessionResult } from "./dialect.ts";

/** A text that PGlite has parsed, under the name that it keeps it by. */
interface Prepared {
  readonly name: string;
  readonly parameterTypes: readonly number[];
  readonly fields: readonly messages.Field[];
}

type Message = Awaited<ReturnType<PGlite["execProtocolStream"]>>[number];

/** Texts that are kept; whoever makes them up by their input (filters, lists) has many, each used seldom. */
const KEPT = 300;

const { serialize } = protocol;

/**
 * Runs statements on PGlite with as few messages as its protocol allows. Its own `query` sends six for each and has the
 * text parsed every time; here a text is parsed once, and after that a statement is one message (bind, execute, sync):
 * a third of the time. Plans are made for each execution, as ever: a table that was empty when a plan was made for
 * good may have grown. One call at a time.
 */
export class PgliteStatements {
  readonly #db: PGlite;
  /** The least recently used first. */
  readonly #prepared = new Map<string, Prepared>();
  #named = 0;

  private constructor(db: PGlite) {
    this.#db = db;
  }

  static async on(db: PGlite): Promise<PgliteStatements> {
    const statements = new PgliteStatements(db);
    await statements.run("set plan_cache_mode = force_custom_plan", []);
    return statements;
  }

  /** A text without parameters may hold several statements; the last one's result is the answer. */
  async run(text: string, parameters: readonly unknown[]): Promise<SessionResult> {
    if (parameters.length === 0) {
      const result = readResult(await this.#send(serialize.query(text)), [], this.#db);
      // What a statement answers may have changed with a table.
      if (/\b(create|alter|drop)\b/i.test(text)) await this.#forget();
      return result;
    }
    const prepared = this.#recall(text) ?? (await this.#prepare(text));
    const values = parameters.map((value, i) => this.#write(value, prepared.parameterTypes[i]!));
    const answer = await this.#send(
      serialize.bind({ statement: prepared.name, values }),
      serialize.execute({}),
      serialize.sync(),
    );
    return readResult(answer, prepared.fields, this.#db);
  }

  #recall(text: string): Prepared | undefined {
    const prepared = this.#prepared.get(text);
    if (prepared === undefined) return undefined;
    this.#prepared.delete(text);
    this.#prepared.set(text, prepared);
    return prepared;
  }

  async #prepare(text: string): Promise<Prepared> {
    const name = `s${this.#named++}`;
    const answer = await this.#send(
      serialize.parse({ name, text }),
      serialize.describe({ type: "S", name }),
      serialize.sync(),
    );
    const prepared: Prepared = {
      name,
      parameterTypes: answer.find((message) => isNamed(message, "parameterDescription"))?.dataTypeIDs ?? [],
      fields: answer.find((message) => isNamed(message, "rowDescription"))?.fields ?? [],
    };
    this.#prepared.set(text, prepared);
    if (this.#prepared.size > KEPT) {
      const [oldest, { name: old }] = this.#prepared.entries().next().value!;
      this.#prepared.delete(oldest);
      await this.#send(serialize.close({ type: "S", name: old }), serialize.sync());
    }
    return prepared;
  }

  async #forget(): Promise<void> {
    this.#prepared.clear();
    await this.#send(serialize.query("deallocate all"));
  }

  #write(value: unknown, type: number): string | null {
    if (value === null || value === undefined) return null;
    const write = this.#db.serializers[type];
    return write ? write(value) : (value as string | number | boolean).toString();
  }

  #send(...parts: Uint8Array[]): Promise<Message[]> {
    return this.#db.execProtocolStream(parts.length === 1 ? parts[0]! : Buffer.concat(parts), {});
  }
}

interface Named {
  rowDescription: messages.RowDescriptionMessage;
  parameterDescription: messages.ParameterDescriptionMessage;
  dataRow: messages.DataRowMessage;
  commandComplete: messages.CommandCompleteMessage;
}

function isNamed<K extends keyof Named>(message: Message, name: K): message is Named[K] {
  return message.name === name;
}

/** Rows of the last statement, and how many rows it changed. */
function readResult(
  answer: readonly Message[],
  known: readonly messages.Field[],
  { parsers }: PGlite,
): SessionResult {
  let fields = known;
  let rows: unknown[] = [];
  let result: SessionResult = { rows, affected: null };
  for (const message of answer) {
    if (isNamed(message, "rowDescription")) ({ fields } = message);
    else if (isNamed(message, "dataRow")) rows.push(readRow(message.fields, fields, parsers));
    else if (isNamed(message, "commandComplete")) {
      const changed = /^(?:INSERT \d+|UPDATE|DELETE|MERGE|COPY) (\d+)$/.exec(message.text);
      result = { rows, affected: changed ? Number(changed[1]) : 0 };
      rows = [];
    }
  }
  return result;
}

function readRow(
  values: readonly (string | null)[],
  fields: readonly messages.Field[],
  parsers: PGlite["parsers"],
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < fields.length; i++) {
    const { name, dataTypeID } = fields[i]!;
    const value = values[i] ?? null;
    const parse = parsers[dataTypeID];
    row[name] = value === null || parse === undefined ? value : parse(value, dataTypeID);
  }
  return row;
}
