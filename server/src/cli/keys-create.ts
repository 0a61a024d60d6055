import type { ApiKeyCreateRequest } from "#contract/keys.ts";
import { connect } from "./connect.ts";
import { instant } from "./options.ts";
import { printAnswer } from "./output/answer.ts";

/** `recluster keys create NAME` */
export async function createKey(
  name: string,
  options: { user: string; permissions: string; namespaces?: string; expiresAt?: string; json?: boolean },
): Promise<void> {
  const expiresAt = instant("--expires-at", options.expiresAt);
  const body = {
    name,
    permissions: list(options.permissions),
    ...(options.namespaces === undefined
      ? {}
      : { scopes: list(options.namespaces).map((id) => ({ resource_type: "namespace", resource_id: id })) }),
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
  } as ApiKeyCreateRequest;
  const made = await connect().keys.create(options.user, body);
  printAnswer(
    options,
    made,
    () => `${made.key}\nShown this once; only its hash is kept. Permissions: ${made.permissions.join(", ")}.`,
  );
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
