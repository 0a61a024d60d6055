/** A custom condition's URL that must not be asked, or whose answer is none. */
export interface OutgoingCase {
  readonly what: string;
  /** VICTIM, HOOKS and MUTE stand for the servers' ports, here and below. */
  readonly url: string;
  readonly code: "outgoing_refused" | "outgoing_failed";
  /** What the evidence has to say, at least. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly says: RegExp;
}

const HOOKS = "http://hooks.internal:HOOKS";

function refused(what: string, host: string, is: string, range: string): OutgoingCase {
  return {
    ...{ what, url: `http://${host}:VICTIM/check?token=hidden`, code: "outgoing_refused" },
    details: {
      reason: "address",
      url: `http://${is.includes(":") ? `[${is}]` : is}:VICTIM/check`,
      host: is,
      range,
    },
    says: new RegExp(
      `^The host '${quoted(is)}' has an address that is not public \\(${range}\\).*RECLUSTER_ALLOW_OUTGOING`,
    ),
  };
}

function failed(what: string, url: string, reason: string, says: RegExp, more: object = {}): OutgoingCase {
  const details = { reason, url: url.replace(/\?.*/, ""), ...more };
  return { what, url, code: "outgoing_failed", details, says };
}

/** A condition has ten seconds, docs/outgoing.md. */
const late = (what: string, url: string) =>
  failed(what, url, "time_limit", /did not answer within 10 seconds/, { limit_ms: 10_000 });

/** And 64 KB. */
const large = (what: string, url: string) =>
  failed(what, url, "too_large", /answered with more than 65536 bytes/, { limit_bytes: 65_536 });

function redirect(status: number, to: string, from = HOOKS): OutgoingCase {
  return failed(
    `a redirect by ${status} from ${from} to ${to}`,
    `${from}/redirect/${status}?to=${encodeURIComponent(to)}`,
    "answer",
    /redirect to '\S+', and none is followed: give that URL/,
    { status },
  );
}

function thisMachine(host: string): OutgoingCase {
  return {
    what: `the name ${host}`,
    ...{ url: `http://${host}:VICTIM/check?token=hidden`, code: "outgoing_refused" },
    details: {
      reason: "host",
      url: `http://${host.toLowerCase()}:VICTIM/check`,
      host: host.toLowerCase(),
    },
    says: /is the server itself.*RECLUSTER_ALLOW_OUTGOING/,
  };
}

function quoted(text: string): string {
  return text.replaceAll(/[.[\]?]/g, "\\$&");
}

/** The first four hang: a checker makes four checks at once, so it waits for them together. */
export const OUTGOING_CASES: readonly OutgoingCase[] = [
  late("a server that takes the request and never answers", `${HOOKS}/hang?token=hidden`),
  late("an answer that comes drop by drop", `${HOOKS}/drip`),
  late("a handshake that does not end", "https://hooks.internal:MUTE/check"),
  late("a name that is never resolved", "http://never.example/check"),

  refused("loopback", "127.0.0.1", "127.0.0.1", "loopback"),
  refused("another loopback address", "127.8.9.10", "127.8.9.10", "loopback"),
  refused("an address of nothing", "0.0.0.0", "0.0.0.0", "unspecified"),
  refused("a private network", "10.0.0.1", "10.0.0.1", "private"),
  refused("another private network", "172.31.255.1", "172.31.255.1", "private"),
  refused("a private network at home", "192.168.1.1", "192.168.1.1", "private"),
  refused("a carrier's network", "100.64.0.1", "100.64.0.1", "carrierGradeNat"),
  refused("link-local: a cloud's metadata", "169.254.169.254", "169.254.169.254", "linkLocal"),
  refused("loopback in decimal", "2130706433", "127.0.0.1", "loopback"),
  refused("a private network in decimal", "167772161", "10.0.0.1", "private"),
  refused("metadata in decimal", "2852039166", "169.254.169.254", "linkLocal"),
  refused("loopback in octal", "0177.0.0.1", "127.0.0.1", "loopback"),
  refused("loopback as one octal number", "017700000001", "127.0.0.1", "loopback"),
  refused("loopback in hexadecimal", "0x7f000001", "127.0.0.1", "loopback"),
  refused("loopback in a mixture", "0x7f.1", "127.0.0.1", "loopback"),
  refused("loopback by IPv6", "[::1]", "::1", "loopback"),
  refused("loopback mapped into IPv6", "[::ffff:127.0.0.1]", "::ffff:7f00:1", "loopback"),
  refused("link-local by IPv6", "[fe80::1]", "fe80::1", "linkLocal"),
  refused("a private network by IPv6", "[fd00:ec2::254]", "fd00:ec2::254", "uniqueLocal"),
  refused("loopback behind NAT64", "[64:ff9b::7f00:1]", "64:ff9b::7f00:1", "rfc6052"),
  refused("loopback behind 6to4", "[2002:7f00:1::]", "2002:7f00:1::", "6to4"),
  refused("a name of a private address", "private.example", "private.example", "private"),
  refused("a name of loopback by IPv6", "loopback.example", "loopback.example", "loopback"),
  refused("a name of loopback mapped into IPv6", "mapped.example", "mapped.example", "loopback"),
  refused("a name of a cloud's metadata", "metadata.example", "metadata.example", "linkLocal"),
  refused("a name of a public and a private address", "both.example", "both.example", "private"),
  ...["localhost", "LOCALHOST", "hooks.localhost"].map(thisMachine),

  failed("a name without an address", "http://none.example/check", "unresolved", /has no address/, {
    host: "none.example",
  }),
  failed(
    "a name that becomes this machine between the look at it and the connection",
    "http://between.example:VICTIM/check",
    "connection",
    /failed or was closed/,
    { code: "ECONNREFUSED" },
  ),
  {
    what: "a connection that ends at another address than the one that was checked",
    ...{ url: "http://elsewhere.example/check?token=hidden", code: "outgoing_refused" },
    details: { reason: "address", url: "http://elsewhere.example/check", host: "elsewhere.example" },
    says: /went to another address than the one that was checked/,
  },

  ...[301, 302, 303, 307, 308].map((status) => redirect(status, "http://127.0.0.1:VICTIM/check")),
  redirect(302, "http://169.254.169.254/latest/meta-data/"),
  redirect(307, "http://[::1]:VICTIM/check"),
  redirect(307, "http://2130706433:VICTIM/check"),
  redirect(307, "/well"),
  redirect(302, "http://127.0.0.1:VICTIM/check", "http://hooks.example"),
  redirect(307, "http://hooks.internal:VICTIM/check", "http://hooks.example"),
  redirect(307, "http://hooks.example/well"),

  large("100 MB that are told before", `${HOOKS}/large/told`),
  large("100 MB in pieces", `${HOOKS}/large/pieces`),
  failed("100 MB, compressed", `${HOOKS}/bomb`, "encoded", /content-encoding 'gzip'/, { status: 200 }),
  failed("headers of 20 KB", `${HOOKS}/headers`, "protocol", /did not answer in HTTP/),
  failed("an answer that is cut off", `${HOOKS}/cut`, "connection", /closed before the answer was whole/),
];
