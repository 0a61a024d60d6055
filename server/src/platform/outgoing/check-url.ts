import type { AllowList } from "./allow-list.ts";
import { OutgoingRefused, shownUrl } from "./outgoing-error.ts";

const LONGEST_URL = 8192;

/**
 * The URL of a text, if it is one that a request may go to as far as it can be told without resolving its name: http or
 * https, no user or password, a port, a host. The parser (WHATWG's) has by then made `2130706433`, `0177.1` and
 * `0x7f000001` the address they are, so they are judged like one that was written out.
 *
 * @throws OutgoingRefused `url`, `scheme`, `credentials`, `port`, `host`
 */
export function checkUrl(text: string, allow: AllowList): URL {
  if (text.length > LONGEST_URL || !URL.canParse(text)) {
    throw new OutgoingRefused(
      "url",
      `'${text.slice(0, 100)}' is not a URL of at most ${LONGEST_URL} characters. Give one such as https://hooks.example.org/check.`,
    );
  }
  const url = new URL(text);
  const evidence = { url: shownUrl(url) };
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    const scheme = url.protocol.slice(0, -1);
    throw new OutgoingRefused(
      "scheme",
      `Requests go to http and https only, and the URL's scheme is '${scheme}'.`,
      {
        scheme,
      },
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new OutgoingRefused(
      "credentials",
      "The URL contains a user or a password, which would stand in logs and records. Leave them out.",
      evidence,
    );
  }
  if (url.port === "0") {
    throw new OutgoingRefused("port", "The URL names the port 0, on which nothing can listen.", evidence);
  }
  checkHost(url, allow);
  return url;
}

/** Names that mean this machine by their standard, whatever a resolver makes of them (RFC 6761). */
const LOCAL_NAME = /(?:^|\.)localhost$/;

function checkHost(url: URL, allow: AllowList): void {
  const { hostname } = url;
  const evidence = { url: shownUrl(url), host: hostname };
  if (hostname.endsWith(".")) {
    throw new OutgoingRefused("host", `The host '${hostname}' ends with a dot; write it without.`, evidence);
  }
  if (LOCAL_NAME.test(hostname) && !allow.hosts.has(hostname)) {
    throw new OutgoingRefused(
      "host",
      `The host '${hostname}' is the server itself. ${howToAllow(hostname)}`,
      evidence,
    );
  }
}

export function howToAllow(host: string): string {
  return `If requests may go there, the server's operator names '${host}' in RECLUSTER_ALLOW_OUTGOING.`;
}
