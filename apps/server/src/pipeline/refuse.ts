import type { IncomingMessage, ServerResponse } from "node:http";

import type { HeaderList, ProxyError } from "@olla-ts/core";

import { dialectOfPath, errorBody, requestIdFields } from "../error-body.ts";
import { closeAfterAnswer } from "./close-after-answer.ts";
import type { Exchange } from "./exchange.ts";
import { refusalHeaders } from "./response-headers.ts";

/** An error and the fields that are told with it. */
export interface Refusal {
  readonly error: ProxyError;
  readonly requestId: string;
  readonly fields: HeaderList;
}

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
  exchange.inspection?.add(refusalBody(request, error, requestId));
  const fields = refusalHeaders(exchange, rateFields);
  exchange.responseBytes = writeRefusal(request, response, { error, requestId, fields });
}

/**
 * Writes an error as the answer to a request that may still be arriving.
 *
 * @returns bytes of the body
 */
export function writeRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  { error, requestId, fields: told }: Refusal,
): number {
  const dialect = dialectOfPath(request.url ?? "/");
  const body = refusalBody(request, error, requestId);
  const length = Buffer.byteLength(body);
  const fields = [
    ...told,
    ...requestIdFields(dialect, requestId),
    "Content-Type",
    "application/json",
    "Content-Length",
    String(length),
  ];
  if (error.retryAfterSeconds !== undefined)
    fields.push("Retry-After", String(error.retryAfterSeconds));
  if (canGoOn(request, error)) {
    response.writeHead(error.status, fields).end(body);
    return length;
  }
  response.writeHead(error.status, [...fields, "Connection", "close"]);
  response.flushHeaders();
  response.write(body, () => closeAfterAnswer(request));
  return length;
}

function refusalBody({ url = "/" }: IncomingMessage, error: ProxyError, requestId: string): string {
  return JSON.stringify(errorBody(dialectOfPath(url), error, requestId));
}

/** What still arrives of a refused request is read and thrown away up to this size, in bytes. */
const DISCARD_LIMIT = 65_536;

/** Whether the connection is worth keeping: little is left to arrive, and its end is certain. */
function canGoOn({ complete, headers }: IncomingMessage, { code }: ProxyError): boolean {
  if (complete) return true;
  if (code === "invalid_request" || headers["transfer-encoding"] !== undefined) return false;
  return Number(headers["content-length"] ?? 0) <= DISCARD_LIMIT;
}
