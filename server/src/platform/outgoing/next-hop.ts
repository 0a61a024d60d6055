import type { OutgoingAnswer, OutgoingRequest } from "./exchange.ts";
import { OutgoingRefused, shownUrl } from "./outgoing-error.ts";

type Asked = Pick<OutgoingRequest, "method" | "headers" | "body">;

const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Where an answer redirects to, and with what: null if it does not. A POST goes on as a POST only by 307 and 308, and then
 * only on the same origin, else it becomes a GET without its body, as browsers do. What the caller put into headers (a signature, a key) goes
 * to no other origin, nor does a body.
 *
 * @throws OutgoingRefused `redirect`
 */
export function nextHop(
  from: URL,
  { status, headers: answered }: Pick<OutgoingAnswer, "status" | "headers">,
  asked: Asked,
): (Asked & { readonly url: string }) | null {
  const { location } = answered;
  if (!REDIRECTS.includes(status) || location === undefined) return null;
  const refuse = (why: string) =>
    new OutgoingRefused("redirect", `${shownUrl(from)} redirects ${why}`, {
      url: shownUrl(from),
      status,
    });
  if (!URL.canParse(location, from.href)) throw refuse("to something that is no URL.");
  const to = new URL(location, from);
  if (from.protocol === "https:" && to.protocol !== "https:") throw refuse("from https to what is not.");
  const keepsBody = asked.method === "GET" || status === 307 || status === 308;
  const rest: Asked = keepsBody ? asked : { method: "GET", headers: asked.headers, body: null };
  if (to.origin === from.origin) return { ...rest, url: to.href };
  if (rest.body !== null) {
    throw refuse("to another origin, where neither body nor signature may go. Give the URL it redirects to.");
  }
  return { ...rest, url: to.href, headers: {} };
}
