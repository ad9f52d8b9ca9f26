import type { IncomingMessage } from "node:http";

import { ProxyError } from "@olla-ts/core";

/**
 * The whole request body, kept for routing and for a retry; undefined when the
 * request has none. Bounded by `maxBytes`.
 *
 * @param maxBytes 0 or less: unlimited
 * @throws ProxyError `body_too_large`, or `client_aborted` when the client left
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const { headers } = request;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined)
    return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (maxBytes > 0 && length > maxBytes) {
        chunks.length = 0;
        request.removeAllListeners("data");
        request.pause();
        reject(
          new ProxyError("body_too_large", `The request body is larger than ${maxBytes} bytes.`),
        );
      } else chunks.push(chunk);
    });
    request.on("end", () => {
      const [only] = chunks;
      resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, length));
    });
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
