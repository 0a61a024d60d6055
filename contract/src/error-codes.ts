/**
 * Every `error.code` the API can answer, with its HTTP status and contract `type`. A test holds this registry
 * against docs/errors.md, both ways.
 */
export const errorCodes = {
  // 401, 403
  missing_key: { status: 401, type: "AuthenticationError" },
  malformed_key: { status: 401, type: "AuthenticationError" },
  unknown_key: { status: 401, type: "AuthenticationError" },
  expired_key: { status: 401, type: "AuthenticationError" },
  revoked_key: { status: 401, type: "AuthenticationError" },
  missing_permission: { status: 403, type: "PermissionError" },
  outside_scope: { status: 403, type: "PermissionError" },
  // 404
  not_found: { status: 404, type: "NotFoundError" },
  route_not_found: { status: 404, type: "NotFoundError" },
  // 400
  not_supported: { status: 400, type: "BadRequestError" },
  invalid_value: { status: 400, type: "BadRequestError" },
  invalid_cron: { status: 400, type: "BadRequestError" },
  cron_never_fires: { status: 400, type: "BadRequestError" },
  invalid_timezone: { status: 400, type: "BadRequestError" },
  below_floor: { status: 400, type: "BadRequestError" },
  contradictory_bounds: { status: 400, type: "BadRequestError" },
  immutable_field: { status: 400, type: "BadRequestError" },
  illegal_state_change: { status: 400, type: "BadRequestError" },
  trigger_disabled: { status: 400, type: "BadRequestError" },
  name_taken: { status: 400, type: "BadRequestError" },
  document_exists: { status: 400, type: "BadRequestError" },
  unknown_feature: { status: 400, type: "BadRequestError" },
  wrong_dimensions: { status: 400, type: "BadRequestError" },
  invalid_line: { status: 400, type: "BadRequestError" },
  invalid_encoding: { status: 400, type: "BadRequestError" },
  unreadable_data: { status: 400, type: "BadRequestError" },
  documents_refused: { status: 400, type: "BadRequestError" },
  execution_finished: { status: 400, type: "BadRequestError" },
  snapshot_gone: { status: 400, type: "BadRequestError" },
  artifacts_gone: { status: 400, type: "BadRequestError" },
  nothing_to_compare: { status: 400, type: "BadRequestError" },
  no_artifacts: { status: 400, type: "BadRequestError" },
  quota_exceeded: { status: 400, type: "BadRequestError" },
  foreign_cursor: { status: 400, type: "BadRequestError" },
  outgoing_refused: { status: 400, type: "BadRequestError" },
  outgoing_failed: { status: 400, type: "BadRequestError" },
  // Beyond the hosted contract
  body_stalled: { status: 408, type: "RequestTimeoutError" },
  in_use: { status: 409, type: "ConflictError" },
  idempotency_conflict: { status: 409, type: "ConflictError" },
  request_running: { status: 409, type: "ConflictError" },
  body_too_large: { status: 413, type: "PayloadTooLargeError" },
  unsupported_media_type: { status: 415, type: "UnsupportedMediaTypeError" },
  rate_limited: { status: 429, type: "TooManyRequestsError" },
  enrichment_running: { status: 503, type: "ServiceUnavailableError" },
  write_expired: { status: 503, type: "ServiceUnavailableError" },
  database_unavailable: { status: 503, type: "ServiceUnavailableError" },
  internal: { status: 500, type: "InternalServerError" },
} as const satisfies Record<string, { status: number; type: string }>;

export type ErrorCode = keyof typeof errorCodes;
