import type { ListTasksRequest, ListTasksResponse, TaskResponse } from "#contract/tasks.ts";
import { listQuery, path, type ListOptions } from "./list-options.ts";
import type { Transport } from "./transport.ts";

export class Tasks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get(id: string): Promise<TaskResponse> {
    return this.#transport.request("GET", path`/v1/tasks/${id}`);
  }

  list(body: ListTasksRequest = {}, options: ListOptions = {}): Promise<ListTasksResponse> {
    return this.#transport.request("POST", "/v1/tasks/list", { body, query: listQuery(options) });
  }

  async cancel(id: string): Promise<void> {
    await this.#transport.request("DELETE", path`/v1/tasks/${id}`);
  }
}
