import { ALLOW_NOTHING, type AllowList } from "./allow-list.ts";
import { checkUrl } from "./check-url.ts";
import { exchange, type OutgoingAnswer, type OutgoingRequest } from "./exchange.ts";
import { findAddresses, type Lookup } from "./find-addresses.ts";
import { nextHop } from "./next-hop.ts";
import { OutgoingRefused, outgoingFailed, shownUrl } from "./outgoing-error.ts";

export type { OutgoingAnswer, OutgoingRequest } from "./exchange.ts";

export interface OutgoingDeps {
  /** Where requests may go beside public addresses; nowhere if it is left out. */
  readonly allow?: AllowList;
  /** How names are resolved; by the machine if it is left out. */
  readonly lookup?: Lookup;
}

/**
 * Sends a request to a URL that a user gave, to public addresses only, and to those allowed. Each redirect (none is followed unless
 * `redirects` says how many) is a request of its own under the same rules, and may not lead from public addresses to allowed
 * ones or back. Returns the answer, whatever its status. Proxies of the environment are not used: they would
 * resolve the name again.
 *
 * @throws OutgoingRefused (`outgoing_refused`) for what must not be sent, AppError `outgoing_failed` for what got no answer
 *   within time and size; `details` say why. If `signal` aborts, its reason.
 */
export async function sendOutgoing(
  { allow = ALLOW_NOTHING, ...deps }: OutgoingDeps,
  { redirects = 0, ...request }: OutgoingRequest & { readonly redirects?: number },
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const either = AbortSignal.any([signal, deadline]);
  let asked = request;
  let wasPublic: boolean | null = null;
  try {
    for (let followed = 0; ; followed++) {
      const url = checkUrl(asked.url, allow);
      const { addresses, isPublic } = await findAddresses({ allow, ...deps }, url, either);
      if (wasPublic !== null && wasPublic !== isPublic) throw crosses(url);
      const answer = await exchange(url, addresses, asked, either);
      const next = redirects > 0 ? nextHop(url, answer, asked) : null;
      if (next === null) return answer;
      if (followed === redirects) throw tooMany(url, redirects);
      asked = { ...asked, ...next };
      wasPublic = isPublic;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted && !(error instanceof OutgoingRefused)) throw tooSlow(asked.url, request.timeoutMs);
    throw error;
  }
}

function crosses(url: URL): OutgoingRefused {
  return new OutgoingRefused(
    "redirect",
    `A redirect led to ${shownUrl(url)}: from public addresses to allowed ones, or back, none is followed. Give that URL itself.`,
    { url: shownUrl(url) },
  );
}

function tooMany(url: URL, redirects: number): OutgoingRefused {
  return new OutgoingRefused(
    "too_many_redirects",
    `${shownUrl(url)} redirects once more after ${redirects} redirects. Give the URL they lead to.`,
    { url: shownUrl(url), limit: redirects },
  );
}

function tooSlow(url: string, timeoutMs: number) {
  const shown = shownUrl(new URL(url));
  return outgoingFailed(
    "time_limit",
    `${shown} did not answer within ${timeoutMs / 1000} seconds. Answer sooner.`,
    { url: shown, limit_ms: timeoutMs },
  );
}
