import type { Static } from "typebox";

import type { BacktestDraftRequest, BacktestResponse, BacktestTriggerRequest } from "#contract/backtest.ts";
import type { Explanation, ListDecisionsRequest, ListDecisionsResponse } from "#contract/decisions.ts";
import type { ClusterTriggerHistoryResponse, TriggerHistoryRequest } from "#contract/history.ts";
import type { ListMeasurementsRequest, ListMeasurementsResponse } from "#contract/measurements.ts";
import type { PreviewTriggerRequest, PreviewTriggerResponse } from "#contract/preview.ts";
import type { TaskResponse } from "#contract/tasks.ts";
import type {
  ClusterTrigger,
  CreateClusterTriggerRequest,
  CreateTriggerRequest,
  GeneralTrigger,
  ListClusterTriggersRequest,
  ListClusterTriggersResponse,
  ListTriggersRequest,
  ListTriggersResponse,
  UpdateTriggerRequest,
} from "#contract/triggers.ts";
import { path } from "./list-options.ts";
import type { Transport } from "./transport.ts";

export type TriggerHistory = Static<typeof ClusterTriggerHistoryResponse>;

export class ClusterTriggers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(body: CreateClusterTriggerRequest): Promise<ClusterTrigger> {
    return this.#transport.request("POST", "/v1/clusters/triggers", { body });
  }

  get(id: string): Promise<ClusterTrigger> {
    return this.#transport.request("GET", path`/v1/clusters/triggers/${id}`);
  }

  list(body: ListClusterTriggersRequest = {}): Promise<Static<typeof ListClusterTriggersResponse>> {
    return this.#transport.request("POST", "/v1/clusters/triggers/list", { body });
  }

  patch(id: string, body: UpdateTriggerRequest): Promise<ClusterTrigger> {
    return this.#transport.request("PATCH", path`/v1/clusters/triggers/${id}`, { body });
  }

  async delete(id: string): Promise<void> {
    await this.#transport.request("DELETE", path`/v1/clusters/triggers/${id}`);
  }

  pause(id: string): Promise<ClusterTrigger> {
    return this.#transport.request("POST", path`/v1/clusters/triggers/${id}/pause`);
  }

  resume(id: string): Promise<ClusterTrigger> {
    return this.#transport.request("POST", path`/v1/clusters/triggers/${id}/resume`);
  }

  /** When a trigger with this schedule would be due. */
  preview(body: PreviewTriggerRequest): Promise<PreviewTriggerResponse> {
    return this.#transport.request("POST", "/v1/clusters/triggers/preview", { body });
  }

  /** What it ran, newest first. */
  history(id: string, body: Partial<TriggerHistoryRequest> = {}): Promise<TriggerHistory> {
    return this.#transport.request("POST", path`/v1/clusters/triggers/${id}/history`, { body });
  }

  /** What became of each of its due instants, newest first. */
  decisions(id: string, body: ListDecisionsRequest = {}): Promise<Static<typeof ListDecisionsResponse>> {
    return this.#transport.request("POST", path`/v1/clusters/triggers/${id}/decisions`, { body });
  }

  /** What the checks of a conditional trigger have found, newest first. */
  measurements(id: string, body: ListMeasurementsRequest = {}): Promise<ListMeasurementsResponse> {
    return this.#transport.request("POST", path`/v1/clusters/triggers/${id}/measurements`, { body });
  }

  /** What it would have done over a past window, and what happens if it is resumed now. */
  backtest(id: string, body: BacktestTriggerRequest = {}): Promise<BacktestResponse> {
    return this.#transport.request("POST", path`/v1/clusters/triggers/${id}/backtest`, { body });
  }

  /** What a trigger that does not exist yet would have done over a past window. */
  backtestDraft(body: BacktestDraftRequest): Promise<BacktestResponse> {
    return this.#transport.request("POST", "/v1/clusters/triggers/backtest", { body });
  }

  /** Why it fired, or did not, at an instant (ISO 8601; now). */
  explain(id: string, at?: string): Promise<Explanation> {
    return this.#transport.request("GET", path`/v1/clusters/triggers/${id}/explain`, { query: { at } });
  }
}

export class Triggers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(body: CreateTriggerRequest): Promise<GeneralTrigger> {
    return this.#transport.request("POST", "/v1/triggers", { body });
  }

  get(id: string): Promise<GeneralTrigger> {
    return this.#transport.request("GET", path`/v1/triggers/${id}`);
  }

  list(body: ListTriggersRequest = {}): Promise<Static<typeof ListTriggersResponse>> {
    return this.#transport.request("POST", "/v1/triggers/list", { body });
  }

  /** Runs it now, whatever its schedule says. */
  execute(id: string): Promise<TaskResponse> {
    return this.#transport.request("POST", path`/v1/triggers/${id}/execute`);
  }
}
