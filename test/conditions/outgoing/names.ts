import assert from "node:assert/strict";

import type { HostAddress, Lookup } from "../../../server/src/platform/outgoing/find-addresses.ts";

/** Addresses of the internet, where servers of this process stand. */
export const PUBLIC = "93.184.216.34";
/** Nothing listens there. */
export const PUBLIC_GONE = "93.184.216.35";
/** A connection to it ends at another address. */
export const PUBLIC_ELSEWHERE = "93.184.216.36";

/** What names stand for, by how often they have been resolved: the last of a list stays. */
export const NAMES: Readonly<Record<string, readonly string[][]>> = {
  // The only one that is allowed.
  "hooks.internal": [["127.0.0.1"]],
  "hooks.example": [[PUBLIC]],
  "private.example": [["10.1.2.3"]],
  "loopback.example": [["::1"]],
  "mapped.example": [["::ffff:127.0.0.1"]],
  "metadata.example": [["169.254.169.254"]],
  "both.example": [[PUBLIC, "10.1.2.3"]],
  "none.example": [[]],
  "elsewhere.example": [[PUBLIC_ELSEWHERE]],
  // Between the look at it and the connection it becomes this machine.
  "between.example": [[PUBLIC_GONE], ["127.0.0.1"]],
  // From one check to the next, and back.
  "turncoat.example": [[PUBLIC], ["127.0.0.1"], [PUBLIC]],
};

/** Resolves NAMES, and counts how often; `never.example` is never resolved. */
export function createResolver(): { readonly lookup: Lookup; readonly asked: ReadonlyMap<string, number> } {
  const asked = new Map<string, number>();
  const lookup: Lookup = (host) => {
    const times = asked.get(host) ?? 0;
    asked.set(host, times + 1);
    if (host === "never.example") return new Promise(() => {});
    const answers = NAMES[host];
    assert.ok(answers, `${host} was resolved`);
    return Promise.resolve(answers[Math.min(times, answers.length - 1)]!.map(toHostAddress));
  };
  return { lookup, asked };
}

function toHostAddress(address: string): HostAddress {
  return { address, family: address.includes(":") ? 6 : 4 };
}
