import { derivedId, newId, type IdPrefix } from "../../platform/ids.ts";
import type { HeldKey } from "./held-key.ts";

interface Keyed {
  readonly heldKey: HeldKey | undefined;
}

/**
 * An id for something this request makes: a random one, or with an Idempotency-Key the one that every try of the same
 * request makes. `parts` tell the ids of one request apart.
 */
export function newIdFor(
  { heldKey }: Keyed,
  prefix: IdPrefix,
  ...parts: readonly (string | number)[]
): string {
  return heldKey ? derivedId(prefix, [...heldKey.seed, ...parts]) : newId(prefix);
}

/**
 * Makes one thing under an id of the request's own and returns what `read` finds by that id (it throws if there is
 * nothing). With an Idempotency-Key, a try that fails finds what an earlier one has made: the server may have been
 * killed between the commit and the answer, and by now the name is taken or the quota reached by that very thing.
 */
export async function makeOnce<T>(
  request: Keyed,
  prefix: IdPrefix,
  make: (id: string) => Promise<unknown>,
  read: (id: string) => Promise<T>,
): Promise<T> {
  const id = newIdFor(request, prefix);
  try {
    await make(id);
  } catch (error) {
    if (!request.heldKey) throw error;
    return read(id).catch(() => {
      throw error;
    });
  }
  return read(id);
}
