import type { Collection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import type { Filter } from "../filters/filter.ts";
import { changeUnit } from "./change-unit.ts";
import { withDurable } from "./durable-so-far.ts";
import { isEmpty, type Update } from "./read-update.ts";
import { unitsMatching } from "./units-matching.ts";

export interface MatchingResult {
  /** Documents that matched when their turn came. */
  readonly matched: number;
  /** Those of them whose content is another now. */
  readonly updated: number;
}

/**
 * Changes every document the filter matches, all of them for null, unit by unit; each unit is durable when it is done. Throws what a
 * unit throws, with what is durable by then in the details.
 */
export async function changeMatching(
  deps: DocumentsDeps,
  collection: Collection,
  filter: Filter | null,
  update: Update,
): Promise<MatchingResult> {
  const done = { matched: 0, updated: 0 };
  if (isEmpty(update)) return done;
  try {
    for await (const unit of unitsMatching(deps, collection, filter, update.bytes)) {
      const changes = unit.map((documentId) => ({ documentId, update }));
      const { found, changed } = await changeUnit(deps, collection, changes, filter);
      done.matched += found.size;
      done.updated += changed.size;
      deps.signals.announce("documents.changed", done);
    }
  } catch (error) {
    throw withDurable(error, done);
  }
  return done;
}
