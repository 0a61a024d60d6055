import { sql } from "kysely";

import type { EventType } from "#contract/events.ts";
import type { Tx } from "../db/database.ts";
import { json } from "../db/json.ts";
import { newId } from "../platform/ids.ts";

export interface NewEvent {
  readonly organizationId: string;
  /** Null for what is the organization's. */
  readonly namespaceId: string | null;
  readonly type: EventType;
  readonly at: Date;
  readonly clusterId?: string;
  readonly triggerId?: string;
  readonly runId?: string;
  /** As the type's schema has it. */
  readonly data: object;
}

/** Records an event in the transaction that makes it true; takes no lock. Returns its id. */
export async function recordEvent(tx: Tx, event: NewEvent): Promise<string> {
  const eventId = newId("evt");
  const { clusterId = null, triggerId = null, runId = null } = event;
  await sql`
    insert into events (event_id, organization_id, namespace_id, type, at, cluster_id, trigger_id, run_id, data)
    values (${eventId}, ${event.organizationId}, ${event.namespaceId}, ${event.type}, ${event.at}, ${clusterId},
      ${triggerId}, ${runId}, ${json(event.data)})`.execute(tx);
  return eventId;
}
