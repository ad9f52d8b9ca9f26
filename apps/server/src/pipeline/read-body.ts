import type { IncomingMessage } from "node:http";

import { ProxyError } from "@olla-ts/core";

import { BodyCollector } from "./body-collector.ts";
import { BodyMemory } from "./body-memory.ts";

/**
 * The whole request body, kept for routing and for a retry; undefined when the
 * request has none. Bounded by `maxBytes`.
 *
 * @param maxBytes 0 or less: unlimited
 * @throws ProxyError `body_too_large`, or `client_aborted` when the client left
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  memory = new BodyMemory(),
): Promise<Buffer | undefined> {
  const { headers } = request;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined)
    return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const body = new BodyCollector(Number(headers["content-length"] ?? Number.NaN), memory);
    request.on("data", (chunk: Buffer) => {
      if (maxBytes > 0 && body.length + chunk.length > maxBytes) {
        request.removeAllListeners("data");
        request.pause();
        reject(
          new ProxyError("body_too_large", `The request body is larger than ${maxBytes} bytes.`),
        );
      } else body.add(chunk);
    });
    request.on("end", () => resolve(body.take()));
    request.on("error", (cause) => reject(leftEarly(cause)));
    request.on("close", () => {
      if (!request.complete) reject(leftEarly(undefined));
    });
  });
}

function leftEarly(cause: unknown): ProxyError {
  return new ProxyError("client_aborted", "The client left before its request was complete.", {
    cause,
  });
}
