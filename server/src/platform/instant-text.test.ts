import assert from "node:assert/strict";
import { it } from "node:test";

import { isInstantText } from "./instant-text.ts";

it("takes instants with an offset that everything behind it can hold", () => {
  for (const text of ["2026-05-04T09:00:00Z", "1970-01-01T00:00:00Z", "9998-12-31T23:59:59.999Z", "2026-05-04t09:00:00.5+05:45"])
    assert.ok(isInstantText(text), text);
  for (const text of [
    "2026-11-22T23:59:60Z", "2026-02-30T25:00:00Z", "2026-05-04", "2026-05-04T09:00:00", "tomorrow", "",
    "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "9998-12-31T23:59:59-23:59", "infinity",
  ])
    assert.ok(!isInstantText(text), text);
}); // prettier-ignore
