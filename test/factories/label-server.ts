import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a client asked, whichever protocol it spoke. */
export interface ModelRequest {
  readonly protocol: "openai" | "google" | "anthropic";
  readonly model: string;
  readonly instructions: string;
  /** The message as it came, and the JSON object between its two lines. */
  readonly message: string;
  readonly data: any;
  /** The schema the answer has to have. */
  readonly schema: any;
  readonly key: string | undefined;
  readonly body: any;
}

export type ModelAnswer =
  /** A structured answer. */
  | { readonly answer: unknown }
  /** What the model says, as it is. */
  | { readonly text: string }
  /** How it ended, without an answer. */
  | { readonly finish: "length" | "filter" }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** Ends the connection. */
  | { readonly hangUp: true }
  /** Answers nothing until the server closes. */
  | { readonly silent: true };

export interface LabelServer {
  /** For RECLUSTER_OPENAI_BASE_URL and its like, by provider. */
  readonly urls: Readonly<Record<ModelRequest["protocol"], string>>;
  readonly requests: readonly ModelRequest[];
  /** Most requests that were under way at a time. */
  readonly mostAtATime: number;
  /** Requests whose client has gone before they were answered. */
  readonly abandoned: number;
  close(): Promise<void>;
}

/** A name for each group: the first words of its first sample, as a schema without optional fields wants it. */
export function usualName(group: any): { label: string; summary: string; keywords: string[] } {
  const words = String(group.samples[0]).split(" ").slice(0, 2);
  return {
    label: `About ${words.join(" ")}`,
    summary: `Texts about ${words.join(" and ")}.`,
    keywords: words,
  };
}

function usualAnswer({ data, schema }: ModelRequest): unknown {
  const fill = (fields: any, name: object) =>
    Object.fromEntries(Object.keys(fields).map((field) => [field, (name as any)[field]]));
  if (data.groups) {
    const { properties } = schema.properties.names.items;
    return {
      names: data.groups.map((group: any) => ({
        ...fill(properties, { ...usualName(group), label: `${usualName(group).label} ${group.id}` }),
        id: group.id,
      })),
    };
  }
  return fill(schema.properties, usualName(data.group));
}

/**
 * A server on this machine that speaks the protocols of the three providers as far as structured answers need them, and refuses (400)
 * what is not of their shape. `answer` may answer in another way; undefined means the usual answer.
 */
export async function startLabelServer(
  answer: (
    request: ModelRequest,
    number: number,
  ) => ModelAnswer | undefined | Promise<ModelAnswer | undefined> = () => undefined,
): Promise<LabelServer> {
  const requests: ModelRequest[] = [];
  let [atATime, mostAtATime, abandoned] = [0, 0, 0];
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    mostAtATime = Math.max(mostAtATime, ++atATime);
    response.on("close", () => {
      atATime--;
      if (!response.writableFinished) abandoned++;
    });
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    let request: ModelRequest;
    try {
      request = readRequest(incoming, JSON.parse(Buffer.concat(parts).toString("utf8")));
    } catch (error) {
      return send(response, 400, { error: { message: (error as Error).message } });
    }
    const number = requests.push(request) - 1;
    const wanted = (await answer(request, number)) ?? { answer: usualAnswer(request) };
    if ("silent" in wanted) return;
    if ("hangUp" in wanted) return void response.destroy();
    if ("status" in wanted)
      return send(response, wanted.status, wanted.body ?? { error: { message: "no" } }, wanted.headers);
    send(response, 200, ANSWERS[request.protocol](request, wanted));
  };
  const server = createServer((incoming, response) => void handle(incoming, response));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    urls: { openai: `${root}/openai/v1`, google: `${root}/google/v1beta`, anthropic: `${root}/anthropic/v1` },
    requests,
    get mostAtATime() {
      return mostAtATime;
    },
    get abandoned() {
      return abandoned;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((done) => server.close(() => done()));
    },
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function need(holds: unknown, what: string): void {
  if (!holds) throw new Error(`The request lacks ${what}.`);
}

function readRequest({ url = "", headers }: IncomingMessage, body: any): ModelRequest {
  const made = (protocol: ModelRequest["protocol"], parts: Partial<ModelRequest>): ModelRequest => {
    const message = parts.message ?? "";
    const json = /^<data>\n([\s\S]*)\n<\/data>$/.exec(message)?.[1];
    need(json, "data between its lines");
    return { protocol, body, data: JSON.parse(json!), ...parts } as ModelRequest;
  };
  if (url === "/openai/v1/chat/completions") {
    const [system, user] = body.messages;
    const format = body.response_format;
    need(system.role === "system" && user.role === "user" && body.messages.length === 2, "two messages");
    need(format?.type === "json_schema" && format.json_schema.strict === true, "a strict schema");
    return made("openai", {
      model: body.model,
      instructions: system.content,
      message: typeof user.content === "string" ? user.content : user.content[0].text,
      schema: format.json_schema.schema,
      key: headers.authorization?.replace("Bearer ", ""),
    });
  }
  const google = /^\/google\/v1beta\/models\/([^:/]+):generateContent$/.exec(url);
  if (google) {
    const config = body.generationConfig;
    need(config?.responseMimeType === "application/json", "responseMimeType");
    need(config.responseSchema ?? config.responseJsonSchema, "a schema");
    return made("google", {
      model: google[1]!,
      instructions: body.systemInstruction.parts[0].text,
      message: body.contents[0].parts[0].text,
      schema: config.responseSchema ?? config.responseJsonSchema,
      key: headers["x-goog-api-key"] as string | undefined,
    });
  }
  if (url === "/anthropic/v1/messages") {
    const tool = body.tools?.[0];
    const format = body.output_config?.format ?? body.output_format;
    need(headers["anthropic-version"], "the header anthropic-version");
    need(body.max_tokens > 0, "max_tokens");
    need(tool ? body.tool_choice : format?.type === "json_schema", "a schema");
    return made("anthropic", {
      model: body.model,
      instructions: body.system[0].text,
      message: body.messages[0].content[0].text,
      schema: tool?.input_schema ?? format.schema,
      key: headers["x-api-key"] as string | undefined,
    });
  }
  throw new Error(`Nothing is at ${url}.`);
}

type Said = Extract<ModelAnswer, { answer: unknown } | { text: string } | { finish: string }>;
const textOf = (said: Said) =>
  "text" in said ? said.text : "answer" in said ? JSON.stringify(said.answer) : "";
const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

const ANSWERS: Record<ModelRequest["protocol"], (request: ModelRequest, said: Said) => object> = {
  openai: ({ model }, said) => {
    const reason = "finish" in said ? { length: "length", filter: "content_filter" }[said.finish] : "stop";
    const message = { role: "assistant", content: textOf(said), refusal: null };
    const choices = [{ index: 0, message, finish_reason: reason, logprobs: null }];
    return {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_750_000_000,
      model,
      choices,
      usage: USAGE,
    };
  },
  google: ({ model }, said) => {
    const reason = "finish" in said ? { length: "MAX_TOKENS", filter: "SAFETY" }[said.finish] : "STOP";
    const content = { role: "model", parts: [{ text: textOf(said) }] };
    return {
      candidates: [{ content, finishReason: reason, index: 0 }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
      modelVersion: model,
    };
  },
  anthropic: ({ model, body }, said) => {
    const structured = "answer" in said && body.tools;
    const part = structured
      ? { type: "tool_use", id: "toolu_1", name: body.tools[0].name, input: said.answer }
      : { type: "text", text: textOf(said) };
    const ended = structured ? "tool_use" : "end_turn";
    const reason = "finish" in said ? { length: "max_tokens", filter: "refusal" }[said.finish] : ended;
    return {
      ...{ id: "msg_1", type: "message", role: "assistant", model, content: [part] },
      ...{ stop_reason: reason, stop_sequence: null, usage: { input_tokens: 10, output_tokens: 5 } },
    };
  },
};
