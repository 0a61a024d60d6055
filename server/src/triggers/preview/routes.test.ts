import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { PreviewTriggerResponse } from "#contract/preview.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { ManualClock } from "../../db/database-clock.ts";
import { createApp } from "../../http/app.ts";
import type { App } from "../../http/route.ts";
import { silentLogger } from "../../platform/logger.ts";
import { TestSignals } from "../../platform/test-signals.ts";
import { OPEN_LIMITS } from "../open-limits.ts";
import { registerTriggerRoutes } from "../routes.ts";

let test: TestDatabase;
let app: App;
let tenant: TestTenant;

before(async () => {
  test = await createTestDatabase();
  const { db } = test;
  const clock = new ManualClock(new Date("2026-05-04T10:00:00.000Z"));

  const deps = {
    db,
    clock,
    logger: silentLogger,
    signals: new TestSignals(),
    limits: { ...OPEN_LIMITS, minIntervalSeconds: 300 },
  };
  app = await createApp({ db, logger: silentLogger, routes: (to) => registerTriggerRoutes(to, deps) });
  tenant = await createTenant(db);
});
after(async () => {
  await app.close();
  await test.close();
});

async function send(payload: object, headers: Record<string, string> = tenant.headers) {
  const answer = await app.inject({ method: "POST", url: "/v1/clusters/triggers/preview", headers, payload });
  return { status: answer.statusCode, text: answer.body, body: answer.json<PreviewTriggerResponse>() };
}

const cron = (schedule_config: object) => ({ trigger_type: "cron", schedule_config });
const daily = cron({ cron_expression: "@daily" });

describe("POST /v1/clusters/triggers/preview", () => {
  it("answers ten instants after now, also to a key that only reads", async () => {
    const key = await createKey(test.db, tenant.organizationId, tenant.userId, ["read"]);
    const { status, body } = await send(cron({ cron_expression: "0 9 * * *", timezone: "Europe/Berlin" }), {
      ...tenant.headers,
      authorization: `Bearer ${key}`,
    });
    assert.equal(status, 200);
    assert.equal(body.occurrences.length, 10);
    assert.deepEqual(body.occurrences[0], {
      at: "2026-05-05T07:00:00.000Z",
      local: "2026-05-05T09:00:00+02:00",
      note: null,
    });
    assert.equal(body.through, body.occurrences[9]?.at);
  });

  it("takes from with any offset, null as now, and a count", async () => {
    const body = { trigger_type: "interval", schedule_config: { interval_seconds: 300 }, count: 1 };
    const at = async (from: string | null) => (await send({ ...body, from })).body.occurrences[0]?.at;
    assert.equal(await at(null), "2026-05-04T10:05:00.000Z");
    assert.equal(await at("2030-01-01T02:00:00+02:00"), "2030-01-01T00:05:00.000Z");
  });

  const wrong: [string, object, number, RegExp][] = [
    ["no type", { schedule_config: {} }, 422, /trigger_type/],
    ["unknown field", { ...daily, form: "2026-01-01T00:00:00Z" }, 422, /form.*extra_forbidden|extra_forbidden.*form/],
    ["unknown key", cron({ cron_expression: "@daily", timezon: "UTC" }), 422, /did you mean 'timezone'/],
    ["count 0", { ...daily, count: 0 }, 422, /"count"/],
    ["count 1001", { ...daily, count: 1001 }, 422, /"count"/],
    ["count as text", { ...daily, count: "5" }, 422, /"count"/],
    ["from not an instant", { ...daily, from: "tomorrow" }, 422, /"from"/],
    ["from without offset", { ...daily, from: "2026-05-04T10:00:00" }, 422, /"from"/],
    ["from before 1970", { ...daily, from: "1969-12-31T00:00:00Z" }, 422, /an instant from 1970 to 9998/],
    ["from a leap second", { ...daily, from: "2016-12-31T23:59:60Z" }, 422, /an instant from 1970 to 9998/],
    ["bad zone", cron({ cron_expression: "@daily", timezone: "Europe/Berln" }), 400, /invalid_timezone/],
    ["bad cron", cron({ cron_expression: "0 25 * * *" }), 400, /invalid_cron/],
    ["below the floor", { trigger_type: "interval", schedule_config: { interval_seconds: 5 } }, 400, /below_floor/],
    ["an end that has been", cron({ cron_expression: "@daily", end_at: "2026-05-04T09:00:00Z" }), 400, /contradictory_bounds/],
    ["nothing between", cron({ cron_expression: "@yearly", end_at: "2026-06-01T00:00:00Z" }), 400, /contradictory_bounds/],
    ["event", { trigger_type: "event", schedule_config: {} }, 400, /when documents come.*invalid_value/],
    ["a custom condition without a threshold", { trigger_type: "conditional", schedule_config: { condition_type: "custom", webhook_url: "https://example.com/" } }, 400, /no default threshold/],
    ["checks below the floor", { trigger_type: "conditional", schedule_config: { condition_type: "volume", threshold: 0.2, check_interval_seconds: 0 } }, 400, /below_floor/],
  ]; // prettier-ignore
  for (const [name, body, status, expected] of wrong) {
    it(`refuses ${name}`, async () => {
      const answer = await send(body);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, expected);
    });
  }
});
