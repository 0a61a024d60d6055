import type { LookupFunction, Socket } from "node:net";

import { buildConnector } from "undici";

import { parseAddress } from "./address-range.ts";
import type { HostAddress } from "./find-addresses.ts";
import { OutgoingRefused, shownUrl } from "./outgoing-error.ts";

/**
 * Connects to one of the addresses of the URL's host, whatever its name stands for by now. The socket's other end is compared once more before a
 * byte is sent. Its signal ends a connection that is being made, or is there.
 */
export function connectChecked(
  url: URL,
  addresses: readonly HostAddress[],
  signal: AbortSignal,
): buildConnector.connector {
  // The deadline is the signal's; undici's own timeout would end long ones after ten seconds.
  const connect = buildConnector({ lookup: answerWith(addresses), timeout: 0 });
  const known = new Set(addresses.map(({ address }) => parseAddress(address).toString()));
  return (options, callback) => {
    // undici returns the socket, which its types do not say.
    const opened = connect(options, (error, socket) => {
      if (error) return callback(error, null);
      const { remoteAddress } = socket;
      if (remoteAddress !== undefined && known.has(parseAddress(remoteAddress).toString())) {
        return callback(null, socket);
      }
      socket.destroy();
      callback(
        new OutgoingRefused(
          "address",
          `The connection to '${url.hostname}' went to another address than the one that was checked.`,
          { url: shownUrl(url), host: url.hostname },
        ),
        null,
      );
    }) as unknown as Socket;
    const end = () => opened.destroy(signal.reason as Error);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    opened.once("close", () => signal.removeEventListener("abort", end));
  };
}

function answerWith(addresses: readonly HostAddress[]): LookupFunction {
  return (_host, { all, family }, callback) => {
    const own = addresses.filter((one) => !family || family === one.family || `IPv${one.family}` === family);
    if (all) return callback(null, own.length > 0 ? [...own] : [...addresses]);
    const { address, family: of } = own[0] ?? addresses[0]!;
    callback(null, address, of);
  };
}
