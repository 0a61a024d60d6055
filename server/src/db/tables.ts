import type { ColumnType, Generated, JSONColumnType } from "kysely";

type Json<T extends object | null = Record<string, unknown>> = JSONColumnType<T>;
/** Has a default in the schema: may be left out of an insert. */
type Defaulted<T> = ColumnType<T, T | undefined>;

export type Permission = "read" | "write" | "delete" | "admin";
export type TriggerType = "cron" | "interval" | "event" | "conditional";
export type TriggerStatus = "active" | "paused" | "failed" | "disabled";
export type ExecutionStatus = "pending" | "processing" | "completed" | "failed" | "canceled";
export type Outcome = "fired" | "skipped" | "error";

/** One row a table; the columns and their reasons are documented in migrations/0001-first-light.ts. */
export interface Tables {
  settings: { key: string; value: string };
  organizations: { organization_id: string; name: string; created_at: Defaulted<Date> };
  users: { user_id: string; organization_id: string; email: string; created_at: Defaulted<Date> };
  api_keys: {
    key_id: string;
    organization_id: string;
    user_id: string;
    name: string;
    description: Defaulted<string>;
    key_hash: string;
    key_prefix: string;
    permissions: Permission[];
    scopes: Json<object[]>;
    rate_limit_override: number | null;
    status: Defaulted<"active" | "revoked">;
    expires_at: Date | null;
    last_used_at: Date | null;
    created_at: Defaulted<Date>;
    created_by: string | null;
    revoked_at: Date | null;
    revoked_by: string | null;
  };
  namespaces: {
    namespace_id: string;
    organization_id: string;
    name: string;
    description: string | null;
    created_at: Defaulted<Date>;
    updated_at: Defaulted<Date>;
  };
  collections: {
    collection_id: string;
    namespace_id: string;
    name: string;
    description: string | null;
    metadata: Json;
    enabled: Defaulted<boolean>;
    features: Json<{ name: string; dimensions: number }[]>;
    document_count: Defaulted<number>;
    event_seq: Defaulted<number>;
    total_added: Defaulted<number>;
    total_updated: Defaulted<number>;
    total_batches: Defaulted<number>;
    created_at: Defaulted<Date>;
    updated_at: Defaulted<Date>;
  };
  documents: {
    collection_id: string;
    document_id: string;
    ordinal: Generated<number>;
    payload: Json;
    vector_ids: (number | null)[];
    content_hash: string;
    created_at: Defaulted<Date>;
    updated_at: Defaulted<Date>;
  };
  staged_vectors: {
    vector_id: number;
    collection_id: string;
    feature: number;
    vector: Uint8Array;
    staged_at: Defaulted<Date>;
  };
  document_events: {
    collection_id: string;
    seq: number;
    committed_at: Date;
    added: number;
    updated: number;
    batches: number;
    total_added: number;
    total_updated: number;
    total_batches: number;
  };
  clusters: {
    cluster_id: string;
    namespace_id: string;
    organization_id: string;
    name: string;
    description: string | null;
    collection_ids: string[];
    cluster_type: "vector" | "attribute";
    definition: Json;
    wire_config: Json;
    metadata: Json;
    next_number: Defaulted<number>;
    created_at: Defaulted<Date>;
    updated_at: Defaulted<Date>;
  };
  triggers: {
    trigger_id: string;
    namespace_id: string;
    organization_id: string;
    cluster_id: string;
    trigger_type: TriggerType;
    schedule_config: Json;
    status: TriggerStatus;
    status_reason: string | null;
    status_since: Defaulted<Date>;
    status_by: string | null;
    description: string | null;
    anchor_at: Date;
    next_due_at: Date | null;
    decided_through: Date | null;
    closed_at: Date | null;
    last_triggered_at: Date | null;
    last_run_id: string | null;
    execution_count: Defaulted<number>;
    scheduled_count: Defaulted<number>;
    next_ordinal: Defaulted<number>;
    consecutive_failures: Defaulted<number>;
    event_counter: Defaulted<number>;
    last_cooldown_at: Date | null;
    created_at: Defaulted<Date>;
    updated_at: Defaulted<Date>;
    created_by: string | null;
  };
  trigger_positions: {
    trigger_id: string;
    collection_id: string;
    seq: number;
    total_added: number;
    total_updated: number;
    total_batches: number;
  };
  trigger_changes: {
    change_id: string;
    trigger_id: string;
    at: Date;
    actor: string;
    change: string;
    from_status: TriggerStatus | null;
    to_status: TriggerStatus | null;
    details: Json;
  };
  decisions: {
    decision_id: string;
    trigger_id: string;
    first_due: Date;
    last_due: Date;
    count: number;
    decided_at: Date;
    outcome: Outcome;
    reason: string;
    evidence: Json;
    run_id: string | null;
  };
  executions: {
    run_id: string;
    cluster_id: string;
    namespace_id: string;
    organization_id: string;
    trigger_id: string | null;
    trigger_ordinal: number | null;
    due_at: Date | null;
    consumed: Json<object | null>;
    requested_by: string | null;
    status: Defaulted<ExecutionStatus>;
    triggered_at: Date;
    started_at: Date | null;
    ended_at: Date | null;
    execution_time_ms: number | null;
    attempt: Defaulted<number>;
    lease_owner: string | null;
    lease_until: Date | null;
    retry_at: Date | null;
    cancel_requested_at: Date | null;
    cancel_requested_by: string | null;
    progress: Json<object | null>;
    definition: Json;
    snapshot: Json<object | null>;
    artifact_path: string | null;
    num_clusters: number | null;
    num_documents: number | null;
    metrics: Json<object | null>;
    error: string | null;
    error_code: string | null;
  };
  attempts: {
    run_id: string;
    attempt: number;
    worker: string;
    started_at: Date;
    ended_at: Date | null;
    outcome: "completed" | "failed" | "canceled" | "lost" | null;
    error: string | null;
    error_code: string | null;
    peak_rss_bytes: number | null;
  };
  run_clusters: {
    run_id: string;
    number: number;
    num_members: number;
    label: string | null;
    summary: string | null;
    keywords: string[] | null;
    attributes: Json<object | null>;
    parent_number: number | null;
  };
  history_blocks: {
    trigger_id: string;
    level: number;
    block: number;
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    canceled: number;
    first_at: Date;
    last_at: Date;
  };
}
