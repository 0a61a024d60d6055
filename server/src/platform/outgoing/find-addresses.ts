import { lookup as resolve } from "node:dns/promises";
import { isIP } from "node:net";

import { addressRange, parseAddress } from "./address-range.ts";
import { allowsAddress, type AllowList } from "./allow-list.ts";
import { howToAllow } from "./check-url.ts";
import { OutgoingRefused, outgoingFailed, shownUrl } from "./outgoing-error.ts";

export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. */
export type Lookup = (host: string) => Promise<readonly HostAddress[]>;

/** As the machine resolves names: hosts file, then DNS. */
export const systemLookup: Lookup = (host) => resolve(host, { all: true, order: "verbatim" });

export interface CheckedAddresses {
  readonly addresses: readonly HostAddress[];
  /** Whether all are public; else they are allowed ones. */
  readonly isPublic: boolean;
}

/**
 * The addresses a request to the URL may connect to. The name is resolved here and never again: who connects takes one of these, so an answer
 * that changes afterwards (DNS rebinding) changes nothing. One address that is not allowed refuses them all: a name
 * with a public and a private one is either a mistake or an attempt.
 *
 * @throws OutgoingRefused `address`; AppError `outgoing_failed` with `unresolved`; the signal's reason if it aborts
 */
export async function findAddresses(
  { allow, lookup = systemLookup }: { readonly allow: AllowList; readonly lookup?: Lookup },
  url: URL,
  signal: AbortSignal,
): Promise<CheckedAddresses> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const addresses =
    isIP(host) > 0 ? [{ address: host, family: isIP(host) }] : await find(lookup, url, host, signal);
  const ranges = addresses.map(({ address }) => {
    const parsed = parseAddress(address);
    const range = addressRange(parsed);
    if (range === "public" || allow.hosts.has(host) || allowsAddress(allow, parsed)) return range;
    throw new OutgoingRefused(
      "address",
      `The host '${host}' has an address that is not public (${range}). ${howToAllow(host)}`,
      { url: shownUrl(url), host, range },
      new Error(`${host} is ${address}`),
    );
  });
  return { addresses, isPublic: ranges.every((range) => range === "public") };
}

async function find(
  lookup: Lookup,
  url: URL,
  host: string,
  signal: AbortSignal,
): Promise<readonly HostAddress[]> {
  let found: readonly HostAddress[] = [];
  let cause: unknown;
  try {
    found = await unlessAborted(lookup(host), signal);
  } catch (error) {
    signal.throwIfAborted();
    cause = error;
  }
  if (found.length > 0) return found;
  const evidence = { url: shownUrl(url), host };
  throw outgoingFailed("unresolved", `The host '${host}' has no address. Check its name.`, evidence, cause);
}

/** The system's resolver cannot be interrupted: it is left alone, and what it finds is not waited for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
