import type { Permission } from "../db/tables.ts";
import { AppError } from "../platform/app-error.ts";

/** Who asks: what the key allows. Put on every authenticated request. */
export interface Caller {
  readonly organizationId: string;
  readonly keyId: string;
  readonly userId: string;
  /** The user and the key's name, as the change log writes it: `ada@example.org (key laptop)`. */
  readonly actor: string;
  readonly permissions: readonly Permission[];
  /**
   * Ids of the namespaces the key is limited to; null means all of its organization's. Never names: a namespace that
   * takes over a name must not take over the keys.
   */
  readonly namespaceScope: readonly string[] | null;
}

/** The namespace a request works in. */
export interface NamespaceRef {
  readonly namespaceId: string;
  readonly name: string;
}

/** Whether the caller's permissions cover `needed`; admin includes the others. */
export function allows(caller: Caller, needed: Permission): boolean {
  return caller.permissions.includes(needed) || caller.permissions.includes("admin");
}

/** Whether the key's scope includes the namespace. */
export function isInScope(caller: Pick<Caller, "namespaceScope">, namespace: NamespaceRef): boolean {
  const scope = caller.namespaceScope;
  return scope === null || scope.includes(namespace.namespaceId);
}

/** Throws a 403 unless the key works in the whole organization: what a limited key may not see, it may not hand out. */
export function assertUnlimited(caller: Caller, what: string): void {
  if (caller.namespaceScope === null) return;
  throw new AppError(
    "outside_scope",
    `This key is limited to namespaces, and ${what} belong to the organization.`,
    {
      details: { permission: "admin", scope: caller.namespaceScope },
    },
  );
}
