import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** All that is routed on the internet today; what lies outside is reserved, or carries an IPv4 address inside. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");
/** Public by its number, but every machine of a large cloud finds that cloud's own services behind it. */
const CLOUD_SERVICE = "168.63.129.16";

/**
 * The address of a text; one of IPv4 that is mapped into IPv6 as what it is. ipaddr.js takes `::8.8.8.8`, which is not
 * mapped, for mapped: so what ends in dots is written in groups first. Throws if it is no address.
 */
export function parseAddress(text: string): Address {
  const hasDots = text.includes(":") && text.includes(".") && !text.includes("%");
  return ipaddr.process(hasDots ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text);
}

/**
 * `public`, or the name of the special range that an address lies in: `loopback`, `private`, `linkLocal`, `uniqueLocal`,
 * `rfc6052` (NAT64), `6to4`, …: the registries of IANA as ipaddr.js keeps them, and stricter for IPv6: outside of 2000::/3 nothing
 * is public. Addresses that carry one of IPv4 (NAT64, 6to4, Teredo) are never public, whichever they carry.
 */
export function addressRange(address: Address): string {
  if (address.kind() === "ipv4") {
    if (address.toString() === CLOUD_SERVICE) return "cloudService";
  } else if ((address as ipaddr.IPv6).zoneId !== undefined) {
    return "zone";
  }
  const range = address.range();
  if (range !== "unicast") return range;
  if (address.kind() === "ipv6" && !address.match(GLOBAL_UNICAST)) return "reserved";
  return "public";
}
