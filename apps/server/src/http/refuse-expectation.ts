import type { IncomingMessage, ServerResponse } from "node:http";

import { ProxyError } from "@olla-ts/core";
import type { RandomSource } from "@olla-ts/core/ports";

import { writeRefusal } from "../pipeline/refuse.ts";
import { requestIdOf } from "../pipeline/request-id.ts";

/**
 * Answers a request that expects what nobody here knows: anything but
 * `100-continue` (RFC 9110 section 10.1.1). Listens to the server's `checkExpectation`.
 */
export function refuseExpectation(
  random: RandomSource,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const sent = request.headers["x-request-id"];
    const requestId = requestIdOf(typeof sent === "string" ? sent : undefined, random);
    const error = new ProxyError(
      "invalid_request",
      "The only expectation met here is 100-continue.",
      {
        status: 417,
      },
    );
    writeRefusal(request, response, { error, requestId, fields: ["X-Olla-Request-ID", requestId] });
  };
}
