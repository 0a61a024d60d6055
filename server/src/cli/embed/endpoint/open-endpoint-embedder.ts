import { type Clock, systemClock } from "../../../platform/clock.ts";
import { CommandError } from "../../explain-failure.ts";
import type { Embedder, TextVector } from "../embedder.ts";
import { inFlight } from "../../../platform/in-flight.ts";
import { readVectors, WrongAnswer } from "./read-vectors.ts";
import { type Endpoint, type Sent, sendTexts } from "./send-texts.ts";

/** Characters in one request: with 4 a token as usual about 32,000 tokens, and 128,000 at the worst. */
const MOST_CHARACTERS = 128 * 1024;

export interface EndpointOptions {
  /** The base URL, for example http://127.0.0.1:11434/v1, or the route itself. */
  readonly url: string;
  readonly model: string;
  readonly apiKey?: string;
  /** Asked of the endpoint; the model must be able to shorten its vectors. */
  readonly dimensions?: number;
  /** Texts in one request (32: the most that Hugging Face's own server takes unless told otherwise). */
  readonly batchTexts?: number;
  /** Requests at a time (4). */
  readonly inFlight?: number;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * A model behind an OpenAI-compatible endpoint. Sends one short text first, which tells the length of its vectors and that
 * address, key and model are right. Throws CommandError if they are not.
 */
export async function openEndpointEmbedder(options: EndpointOptions): Promise<Embedder> {
  const { model, batchTexts = 32, inFlight: most = 4, clock = systemClock } = options;
  const ended = new AbortController();
  const route = routeOf(options.url);
  const endpoint: Endpoint = {
    url: route.href,
    name: `${route.origin}${route.pathname}`,
    model,
    apiKey: options.apiKey,
    dimensions: options.dimensions,
    timeoutMs: options.timeoutMs ?? 120_000,
    clock,
    signal: ended.signal,
  };
  const { base64, dimensions } = await firstContact(endpoint);

  /** Embeds the texts at these places; halves what is refused until the text it is about stands alone. */
  const embedSome = async (
    texts: readonly string[],
    places: readonly number[],
    out: TextVector[],
  ): Promise<void> => {
    const sent = await sendTexts(
      endpoint,
      places.map((place) => texts[place]!),
      { base64 },
    );
    if ("refused" in sent) {
      if (places.length === 1) {
        out[places[0]!] = sent;
        return;
      }
      const half = Math.ceil(places.length / 2);
      await embedSome(texts, places.slice(0, half), out);
      return embedSome(texts, places.slice(half), out);
    }
    for (const [index, vector] of vectorsOf(endpoint, sent, places.length).entries()) {
      if (vector.length !== dimensions) {
        throw new CommandError(
          `${endpoint.name} answers vectors of ${vector.length} numbers after one of ${dimensions}; vectors of a feature have one length.`,
        );
      }
      out[places[index]!] = vector.every(Number.isFinite)
        ? { vector, cut: false }
        : { refused: "the endpoint answers numbers that are not finite" };
    }
  };

  return {
    name: `${model} at ${route.host}`,
    dimensions,
    maxTokens: undefined,
    notes: [],
    embed: async (texts, onDone) => {
      const out = texts.map((): TextVector => ({ refused: "it was not sent" }));
      await inFlight(requestsOf(texts, batchTexts), most, async (places) => {
        await embedSome(texts, places, out);
        onDone?.(places.length);
      });
      return out;
    },
    close: () => {
      ended.abort(new CommandError("The endpoint was closed while it embedded."));
      return Promise.resolve();
    },
  };
}

/** Not every server knows base64, which is a third of the size: without it, then, if that is what it refuses. */
async function firstContact(endpoint: Endpoint): Promise<{ base64: boolean; dimensions: number }> {
  for (const base64 of [true, false]) {
    const sent = await sendTexts(endpoint, ["dimensions"], { base64, firstContact: true });
    if ("body" in sent) return { base64, dimensions: checkedDimensions(endpoint, sent) };
    if (!base64) throw new CommandError(`${endpoint.name} refuses a first short text: ${sent.refused}.`);
  }
  throw new Error("unreachable");
}

function checkedDimensions(endpoint: Endpoint, sent: Sent & { body: unknown }): number {
  const { length } = vectorsOf(endpoint, sent, 1)[0]!;
  if (endpoint.dimensions !== undefined && length !== endpoint.dimensions) {
    throw new CommandError(
      `--embed-dimensions ${endpoint.dimensions}: ${endpoint.model} answers vectors of ${length} numbers all the same.`,
    );
  }
  return length;
}

function vectorsOf({ name }: Endpoint, { body }: { body: unknown }, count: number): Float32Array[] {
  try {
    return readVectors(body, count);
  } catch (error) {
    if (error instanceof WrongAnswer)
      throw new CommandError(`${name} answers what makes no sense: ${error.message}.`);
    throw error;
  }
}

/** Places of the texts of each request, in order. */
function requestsOf(texts: readonly string[], mostTexts: number): number[][] {
  const requests: number[][] = [];
  let characters = 0;
  for (const [place, { length }] of texts.entries()) {
    const last = requests.at(-1);
    if (last && last.length < mostTexts && characters + length <= MOST_CHARACTERS) {
      last.push(place);
      characters += length;
    } else {
      requests.push([place]);
      characters = length;
    }
  }
  return requests;
}

/** The address of the embeddings, of the base URL or the whole one. What is wrong is said without repeating a password. */
function routeOf(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CommandError("--embed-url takes an http or https URL, for example http://127.0.0.1:11434/v1.");
  }
  if (url.username !== "" || url.password !== "") {
    throw new CommandError(
      "--embed-url has a user or password in it; give the key as RECLUSTER_EMBED_API_KEY.",
    );
  }
  url.hash = "";
  url.pathname = url.pathname.replace(/\/+$/, "");
  if (!url.pathname.endsWith("/embeddings")) url.pathname += "/embeddings";
  return url;
}
