import ipaddr from "ipaddr.js";

import { parseAddress } from "./address-range.ts";

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Where requests may go beside public addresses. */
export interface AllowList {
  /** Names whose addresses, whichever they are, are allowed. */
  readonly hosts: ReadonlySet<string>;
  readonly ranges: readonly Range[];
}

export const ALLOW_NOTHING: AllowList = { hosts: new Set(), ranges: [] };

/** Labels of letters, digits, hyphens and underscores (names inside of networks have them), the last not a number. */
const HOST =
  /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!\d+$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads a list of host names, addresses and CIDR ranges with commas between.
 *
 * @throws Error that names the entry that is none of them
 */
export function readAllowList(text: string): AllowList {
  const hosts = new Set<string>();
  const ranges: Range[] = [];
  for (const entry of text.split(",").map((part) => part.trim().toLowerCase())) {
    if (entry === "") continue;
    const range = readRange(entry);
    if (range) ranges.push(range);
    else if (HOST.test(entry) && entry.length <= 253) hosts.add(entry);
    else throw new Error(`'${entry}' is no host name, address or CIDR range (10.1.0.0/16, fd00::/8).`);
  }
  return { hosts, ranges };
}

export function allowsAddress({ ranges }: AllowList, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.kind() === "ipv6" && (address as ipaddr.IPv6).zoneId !== undefined) return false;
  return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}

/** ipaddr.js reads `10` and `0x7f.1` as addresses, too; here they must be written as such. */
function readRange(entry: string): Range | null {
  const [base = "", bits, ...rest] = entry.split("/");
  const isWritten =
    ipaddr.IPv4.isValidFourPartDecimal(base) || (base.includes(":") && ipaddr.IPv6.isValid(base));
  if (!isWritten || rest.length > 0 || base.includes("%")) return null;
  const address = parseAddress(base);
  const most = address.kind() === "ipv4" ? 32 : 128;
  if (bits === undefined) return [address, most];
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return null;
  return [address, Number(bits)];
}
