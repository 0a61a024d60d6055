import type { Permission } from "../db/tables.ts";

/** Who asks: what the key allows. Put on every authenticated request. */
export interface Caller {
  readonly organizationId: string;
  readonly keyId: string;
  readonly userId: string;
  /** The user and the key's name, as the change log writes it: `ada@example.org (key laptop)`. */
  readonly actor: string;
  readonly permissions: readonly Permission[];
  /** Namespaces the key is limited to, as ids or names; null means all of its organization's. */
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
export function isInScope(caller: Caller, namespace: NamespaceRef): boolean {
  const scope = caller.namespaceScope;
  return scope === null || scope.includes(namespace.namespaceId) || scope.includes(namespace.name);
}
