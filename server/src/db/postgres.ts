import pg from "pg";

import type { Logger } from "../platform/logger.ts";
import { sleep } from "../platform/timers.ts";
import type { Backend, Session, SessionResult } from "./dialect.ts";
import { WAKE_CHANNELS, type WakeChannel } from "./wakes.ts";

const INT8 = 20;
const INT8_ARRAY = 1016;
const TIMESTAMPTZ = 1184;

/** bigint columns are counts, ordinals and sizes here, all below 2^53: numbers on both databases. */
const types = new pg.TypeOverrides();
types.setTypeParser(INT8, Number);
types.setTypeParser(INT8_ARRAY, (text) =>
  text === "{}"
    ? []
    : text
        .slice(1, -1)
        .split(",")
        .map((item) => (item === "NULL" ? null : Number(item))),
);

const parseTimestamptz = types.getTypeParser(TIMESTAMPTZ, "text") as unknown as (text: string) => Date;
/** Sessions speak UTC, so nearly every instant is of the form that Date reads by itself, ten times as fast. */
types.setTypeParser(TIMESTAMPTZ, (text) =>
  text.endsWith("+00") && text[4] === "-"
    ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
    : parseTimestamptz(text),
);

export interface PostgresOptions {
  readonly url: string;
  readonly maxConnections: number;
  readonly logger: Logger;
}

/** A pool of sessions of a PostgreSQL server. */
export function postgresBackend({ url, maxConnections, logger }: PostgresOptions): Backend {
  const config: pg.PoolConfig = {
    connectionString: url,
    types,
    application_name: "recluster",
    options: "-c timezone=UTC",
    connectionTimeoutMillis: 5_000,
    // A server whose process froze must not keep its locks.
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...config, max: maxConnections });
  pool.on("error", (error) => logger.warn({ err: error }, "an idle database connection was lost"));
  return {
    kind: "postgres",
    acquire: async () => session(await pool.connect()),
    listen: (onWake) => listen(config, logger, onWake),
    close: () => pool.end(),
  };
}

function session(client: pg.PoolClient): Session {
  let broken = false;
  const onError = () => {
    broken = true;
  };
  client.on("error", onError);
  return {
    query: async (text, parameters): Promise<SessionResult> => {
      // Without parameters: the simple protocol, which takes several statements and answers with a list.
      const result = (await (parameters.length > 0
        ? client.query(text, [...parameters])
        : client.query(text))) as pg.QueryResult | pg.QueryResult[];
      const last = Array.isArray(result) ? result.at(-1) : result;
      return { rows: (last?.rows as unknown[] | undefined) ?? [], affected: last?.rowCount ?? null };
    },
    release: (close) => {
      client.off("error", onError);
      client.release(close || broken);
    },
  };
}

/** Listens on a connection of its own and keeps it: after a loss everything is woken, since wake-ups were missed. */
async function listen(
  config: pg.ClientConfig,
  logger: Logger,
  onWake: (channel: WakeChannel) => void,
): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  let current: pg.Client | undefined;

  const connect = async (): Promise<void> => {
    const client = new pg.Client(config);
    let ended = false;
    client.on("notification", (message) => onWake(message.payload as WakeChannel));
    client.on("error", (error) => logger.warn({ err: error }, "the listening database connection was lost"));
    client.on("end", () => {
      ended = true;
      if (client === current && !stopping.signal.aborted) void reconnect();
    });
    try {
      await client.connect();
      await client.query("listen recluster");
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by the handler above
      if (ended || stopping.signal.aborted) throw new Error("Connection terminated while it was opened");
    } catch (error) {
      await client.end();
      throw error;
    }
    current = client;
  };
  const reconnect = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(500, stopping.signal);
      try {
        await connect();
        for (const channel of WAKE_CHANNELS) onWake(channel);
        return;
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may have been aborted while we waited
        if (stopping.signal.aborted) return;
        logger.warn({ err: error }, "listening to the database failed; trying again");
      }
    }
  };

  await connect();
  return async () => {
    stopping.abort();
    await current?.end();
  };
}
