import type { CreateClusterTriggerRequest, CreateTriggerRequest } from "#contract/triggers.ts";
import { toFilters } from "../clusters/definition-filters.ts";
import { AppError, notSupported, ValidationFailed } from "../platform/app-error.ts";
import type { Caller } from "../tenancy/caller.ts";
import { allows } from "../tenancy/caller.ts";
import type { TriggerPatch } from "./change-trigger.ts";
import type { NewTrigger } from "./create-trigger.ts";

/** What `POST /v1/clusters/triggers` asks for: exactly one of cluster_id and execution_config. */
export function fromClusterRequest(body: CreateClusterTriggerRequest): NewTrigger {
  const { cluster_id = null, execution_config = null } = body;
  if (cluster_id !== null && execution_config !== null) {
    throw new AppError(
      "invalid_value",
      "Both cluster_id and execution_config are given. Send cluster_id to run a cluster that exists, or execution_config to make one for this trigger.",
    );
  }
  if (cluster_id === null && execution_config === null) {
    const msg = "Field required: cluster_id, or execution_config to make a cluster for this trigger";
    throw new ValidationFailed([{ loc: ["body", "cluster_id"], msg, type: "missing" }]);
  }
  return { clusterId: cluster_id, executionConfig: execution_config, ...sharedOf(body) };
}

/** What `POST /v1/triggers` asks for: a cluster action names its cluster. */
export function fromGeneralRequest(body: CreateTriggerRequest): NewTrigger {
  if (body.action_type !== "cluster") {
    throw notSupported(`action_type '${body.action_type}'`, "Use 'cluster'.");
  }
  const { cluster_id, filters, output_collection_ids } = body.action_config;
  const place = ["body", "action_config", "cluster_id"];
  if (cluster_id === undefined || cluster_id === null) {
    throw new ValidationFailed([{ loc: place, msg: "Field required", type: "missing" }]);
  }
  if (typeof cluster_id !== "string") {
    throw new ValidationFailed([{ loc: place, msg: "Input should be a valid string", type: "string_type" }]);
  }
  if (!isEmpty(output_collection_ids)) {
    throw notSupported("action_config.output_collection_ids", "Leave it out.");
  }
  return {
    clusterId: cluster_id,
    filters: toFilters(filters, ["body", "action_config", "filters"]),
    executionConfig: null,
    ...sharedOf(body),
  };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function sharedOf(body: CreateClusterTriggerRequest | CreateTriggerRequest) {
  return {
    triggerType: body.trigger_type,
    scheduleConfig: body.schedule_config,
    description: body.description ?? null,
    status: body.status ?? "active",
  } as const;
}

const IMMUTABLE = ["trigger_type", "cluster_id", "execution_config", "action_type", "action_config"];

/**
 * What a PATCH asks for. null leaves schedule_config and status as they are; for description it removes it. Throws
 * `immutable_field`, and `missing_permission` where a status of `disabled` needs more than `write`.
 */
export function fromPatch(body: Record<string, unknown>, caller: Caller): TriggerPatch {
  const immutable = IMMUTABLE.filter((name) => body[name] !== undefined);
  if (immutable.length > 0) {
    throw new AppError(
      "immutable_field",
      `${immutable.join(", ")} cannot be changed. Create another trigger, and pause or delete this one.`,
      { details: { fields: immutable } },
    );
  }
  const { schedule_config, description, status } = body as {
    schedule_config?: Record<string, unknown> | null;
    description?: string | null;
    status?: TriggerPatch["status"] | null;
  };
  if (status === "disabled" && !allows(caller, "delete")) {
    throw new AppError(
      "missing_permission",
      `This key lacks the permission 'delete', which setting a trigger to 'disabled' needs; it has: ${caller.permissions.join(", ")}.`,
      { details: { permission: "delete" } },
    );
  }
  return { scheduleConfig: schedule_config ?? undefined, description, status: status ?? undefined };
}
