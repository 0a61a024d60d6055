import { sql as firstLight } from "./0001-first-light.ts";
import { sql as readingExecutions } from "./0002-reading-executions.ts";
import { sql as triggersToTrust } from "./0003-triggers-to-trust.ts";
import { sql as dataIn } from "./0004-data-in.ts";
import { sql as severalFeatures } from "./0005-several-features.ts";
import { sql as whatChanged } from "./0006-what-changed.ts";
import { sql as conditions } from "./0007-conditions.ts";
import { sql as enrichment } from "./0008-enrichment.ts";
import { sql as labelsByModels } from "./0009-labels-by-models.ts";
import { sql as freshness } from "./0010-freshness.ts";
import { sql as placements } from "./0011-placements.ts";

export interface Migration {
  readonly id: string;
  readonly sql: string;
}

/** In the order they run. A released migration is never changed; a new file is added. */
export const migrations: readonly Migration[] = [
  { id: "0001-first-light", sql: firstLight },
  { id: "0002-reading-executions", sql: readingExecutions },
  { id: "0003-triggers-to-trust", sql: triggersToTrust },
  { id: "0004-data-in", sql: dataIn },
  { id: "0005-several-features", sql: severalFeatures },
  { id: "0006-what-changed", sql: whatChanged },
  { id: "0007-conditions", sql: conditions },
  { id: "0008-enrichment", sql: enrichment },
  { id: "0009-labels-by-models", sql: labelsByModels },
  { id: "0010-freshness", sql: freshness },
  { id: "0011-placements", sql: placements },
];
