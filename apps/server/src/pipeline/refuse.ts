import type { HeaderList, ProxyError } from "@olla-ts/core";

import { dialectOfPath, errorBody } from "../error-body.ts";
import type { Exchange } from "./exchange.ts";
import { refusalHeaders } from "./response-headers.ts";

/**
 * Answers with an error of the gateway's own, in the client's dialect. After the
 * response head there is nothing left to say: the connection is cut instead.
 */
export function refuse(exchange: Exchange, error: ProxyError, rateFields: HeaderList): void {
  const { request, response, requestId } = exchange;
  exchange.error = error;
  if (response.headersSent || error.code === "client_aborted") {
    response.destroy();
    return;
  }
  const body = JSON.stringify(errorBody(dialectOfPath(request.url ?? "/"), error, requestId));
  const fields = [
    ...refusalHeaders(exchange, rateFields),
    "Content-Type",
    "application/json",
    "Content-Length",
    String(Buffer.byteLength(body)),
  ];
  if (error.retryAfterSeconds !== undefined)
    fields.push("Retry-After", String(error.retryAfterSeconds));
  exchange.responseBytes = body.length;
  if (request.complete) {
    response.writeHead(error.status, fields).end(body);
    return;
  }
  // The rest of the request is not wanted, so the connection cannot be used again.
  response.writeHead(error.status, [...fields, "Connection", "close"]);
  response.end(body, () => request.destroy());
}
