import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import net, { isIP, type TcpNetConnectOpts } from "node:net";
import { mock } from "node:test";

/** A server of this process in the place of one on the internet. */
export interface PublicServer {
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  /** What a connection says its other end is, if that is another address than was asked for. */
  readonly remoteAddress?: string;
}

/**
 * Puts servers of this process at public addresses, whichever port is asked for; until `remove`, connections of this process to others that
 * are not its own end the test, so none leaves the machine. What resolves names, checks addresses and compares them at
 * connect is the product's.
 */
export function createPublicNetwork(servers: Readonly<Record<string, PublicServer>>): {
  readonly remove: () => void;
} {
  const connect = net.connect;
  const { mock: patched } = mock.method(net, "connect", (options: TcpNetConnectOpts) => {
    const address = isIP(options.host ?? "") > 0 ? options.host! : resolveAtOnce(options);
    const server = servers[address];
    if (!server) {
      assert.ok(isLoopback(address), `a connection to ${address} would leave the machine`);
      return connect(options);
    }
    const socket = connect({ host: "127.0.0.1", port: server.port });
    Object.defineProperty(socket, "remoteAddress", { value: server.remoteAddress ?? address });
    return socket;
  });
  return { remove: () => patched.restore() };
}

const LOOPBACK = new net.BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** The product gives `connect` the addresses it has checked: they are there at once. */
function resolveAtOnce({ host, lookup }: TcpNetConnectOpts): string {
  assert.ok(host !== undefined && lookup, "a name is connected to by what was checked");
  let found: string | undefined;
  lookup(host, { all: true }, (_error, addresses) => {
    found = (addresses as LookupAddress[])[0]!.address;
  });
  assert.ok(found, "the addresses are there at once");
  return found;
}
