/** Requests of a test to a running server: one function, no product code in between. */
export class Api {
  readonly url: string;
  readonly headers: Record<string, string>;

  constructor(url: string, key: string, namespace = "default") {
    this.url = url;
    this.headers = { authorization: `Bearer ${key}`, "x-namespace": namespace };
  }

  /** The answer's JSON; throws with status and body when it is not a success. */
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
