import { BacktestDraftRequest, BacktestResponse, BacktestTriggerRequest } from "#contract/backtest.ts";
import { TriggerParams } from "#contract/triggers.ts";
import { readClock } from "../../db/database-clock.ts";
import { route, type App } from "../../http/route.ts";
import { Turnstile } from "../../platform/turnstile.ts";
import type { TriggersDeps } from "../deps.ts";
import { findTrigger } from "../store.ts";
import { readTriggerState } from "../trigger-state.ts";
import { backtest, fitWindow, readWindow, type Candidate } from "./backtest.ts";
import { draftCandidate, triggerCandidate } from "./candidates.ts";
import type { Window } from "./read-past.ts";
import { resumeNow } from "./resume-now.ts";
import { tellResume } from "./tell-backtest.ts";

const DEFAULT_LIMIT = 100;
/** Backtests computed at once; the others wait, and the scheduler beside them does not. */
const AT_ONCE = 1;

/** What a trigger would have done over a past window. */
export function registerBacktestRoutes(app: App, { db, clock, limits }: TriggersDeps): void {
  const shared = {
    method: "POST",
    permission: "read",
    namespace: true,
    tag: "Cluster Triggers",
  } as const;

  const turnstile = new Turnstile(AT_ONCE);
  const test = async (
    candidateFrom: (after: Date) => Promise<Candidate>,
    asked: Window,
    { after, limit = DEFAULT_LIMIT }: { after?: string | null; limit?: number },
  ) => {
    const wide = await candidateFrom(asked.after);
    const window = after == null ? fitWindow(wide, asked) : asked;
    const candidate = window.after === asked.after ? wide : await candidateFrom(window.after);
    return turnstile.pass(() => backtest(db.sql, candidate, window, limit));
  };

  route(app, {
    ...shared,
    url: "/v1/clusters/triggers/backtest",
    summary: "What a draft of a trigger would have done over a past window",
    operationId: "backtest_draft",
    schema: { body: BacktestDraftRequest, response: { 200: BacktestResponse } },
    handler: async ({ body, namespace }) => {
      const asked = readWindow(body, await readClock(db.sql, clock));
      const candidate = (after: Date) => draftCandidate(db.sql, namespace.namespaceId, body, after, limits);
      return { ...(await test(candidate, asked, body)), resume: null };
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
      const asked = readWindow(body, now);
      const row = await findTrigger(db.sql, namespace.namespaceId, params.trigger_id);
      const candidate = (after: Date) => triggerCandidate(db.sql, row, body, after, limits);
      const result = await test(candidate, asked, body);
      if (row.status !== "paused" && row.status !== "failed") return { ...result, resume: null };
      const resume = await resumeNow(db.sql, row, readTriggerState(row), now);
      return { ...result, text: `${result.text} ${tellResume(resume)}`, resume };
    },
  });
}
