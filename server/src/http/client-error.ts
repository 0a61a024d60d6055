import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

import { AppError } from "../platform/app-error.ts";
import { errorBody } from "./error-handler.ts";

/** What is no HTTP request never comes to a route: it is answered here, in the shape of every other error. */
export function answerClientError(error: Error & { code?: string; reason?: string }, socket: Socket): void {
  if (error.code !== "ECONNRESET" && socket.writable) {
    const [status, message] = whatIsWrong(error);
    const body = JSON.stringify({ ...errorBody(new AppError("invalid_value", message)), status });
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroy(error);
}

function whatIsWrong({
  code,
  reason,
  message,
}: Error & { code?: string; reason?: string }): [number, string] {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "The request did not arrive in time. Send it again."];
  if (code === "HPE_HEADER_OVERFLOW") return [431, "The headers of this request are larger than 16 KiB."];
  if (code === "HPE_INVALID_EOF_STATE") {
    return [400, "The connection was closed in the middle of a request. Send it again, whole."];
  }
  return [
    400,
    `This is not a request of HTTP/1.1: ${reason ?? message}. Look at its Content-Length and Transfer-Encoding, and at what came before it on the connection.`,
  ];
}
