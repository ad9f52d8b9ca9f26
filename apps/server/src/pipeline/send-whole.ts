import type { Clock } from "@olla-ts/core/ports";

import type { Exchange } from "./exchange.ts";

/** Sends an answer that is known as a whole. Resolves when the client has it, or left. */
export function sendWhole(
  exchange: Exchange,
  status: number,
  contentType: string,
  body: string,
  { fields, clock }: { readonly fields: readonly string[]; readonly clock: Clock },
): Promise<void> {
  const { response } = exchange;
  exchange.firstByteAt = clock.now();
  exchange.responseBytes = Buffer.byteLength(body);
  exchange.inspection?.add(body);
  return new Promise((resolve) => {
    response.on("close", resolve);
    if (response.destroyed) resolve();
    response.writeHead(status, [
      ...fields,
      "Content-Type",
      contentType,
      "Content-Length",
      String(exchange.responseBytes),
    ]);
    response.end(body);
  });
}
