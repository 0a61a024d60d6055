import { BacktestDraftRequest, BacktestResponse, BacktestTriggerRequest } from "#contract/backtest.ts";
import { TriggerParams } from "#contract/triggers.ts";
import { readClock } from "../../db/database-clock.ts";
import { route, type App } from "../../http/route.ts";
import type { TriggersDeps } from "../deps.ts";
import { findTrigger } from "../store.ts";
import { readTriggerState } from "../trigger-state.ts";
import { backtest, readWindow } from "./backtest.ts";
import { draftCandidate, triggerCandidate } from "./candidates.ts";
import { resumeNow } from "./resume-now.ts";
import { tellResume } from "./tell-backtest.ts";

const DEFAULT_LIMIT = 100;

/** What a trigger would have done over a past window. */
export function registerBacktestRoutes(app: App, { db, clock, limits }: TriggersDeps): void {
  const shared = {
    method: "POST",
    permission: "read",
    namespace: true,
    tag: "Cluster Triggers",
  } as const;

  route(app, {
    ...shared,
    url: "/v1/clusters/triggers/backtest",
    summary: "What a draft of a trigger would have done over a past window",
    operationId: "backtest_draft",
    schema: { body: BacktestDraftRequest, response: { 200: BacktestResponse } },
    handler: async ({ body, namespace }) => {
      const window = readWindow(body, await readClock(db.sql, clock));
      const candidate = await draftCandidate(db.sql, namespace.namespaceId, body, window.after, limits);
      const result = await backtest(db.sql, candidate, window, body.limit ?? DEFAULT_LIMIT);
      return { ...result, resume: null };
    },
  });

  route(app, {
    ...shared,
    url: "/v1/clusters/triggers/:trigger_id/backtest",
    bodyOptional: true,
    summary: "What a trigger would have done over a past window, and what happens if it is resumed now",
    operationId: "backtest_trigger",
    schema: { params: TriggerParams, body: BacktestTriggerRequest, response: { 200: BacktestResponse } },
    handler: async ({ body, params, namespace }) => {
      const now = await readClock(db.sql, clock);
      const window = readWindow(body, now);
      const row = await findTrigger(db.sql, namespace.namespaceId, params.trigger_id);
      const candidate = await triggerCandidate(db.sql, row, body, window.after, limits);
      const result = await backtest(db.sql, candidate, window, body.limit ?? DEFAULT_LIMIT);
      if (row.status !== "paused" && row.status !== "failed") return { ...result, resume: null };
      const resume = await resumeNow(db.sql, row, readTriggerState(row), now);
      return { ...result, text: `${result.text} ${tellResume(resume)}`, resume };
    },
  });
}
