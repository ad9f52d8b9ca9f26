import { headerValue, ProxyError } from "@olla-ts/core";
import type { ProxyResponse } from "@olla-ts/core/ports";

import { dialectOfPath } from "../error-body.ts";
import type { Exchange } from "./exchange.ts";

/** Room for the last event, `data: [DONE]`, the line before it and blank lines behind. */
const TAIL_BYTES = 32;
const DONE = /(?:^|[\r\n])data: ?\[DONE\]\s*$/;

/**
 * Whether only `data: [DONE]` tells a complete stream from a cut one. Servers on
 * HTTP/1.0, such as mlx-lm, end a body by closing the connection, as a crash
 * does. The event ends every stream of OpenAI chat and completions, and no other.
 */
export function needsDone(
  { intent, route }: Exchange,
  upstream: Omit<ProxyResponse, "body">,
): boolean {
  if (!upstream.closeDelimited || upstream.status !== 200) return false;
  const operation = intent?.operation;
  if (operation !== "chat" && operation !== "completions") return false;
  const { headers } = upstream;
  return (
    headerValue(headers, "content-type")?.toLowerCase().startsWith("text/event-stream") === true &&
    headerValue(headers, "content-encoding") === undefined &&
    dialectOfPath(route.path) === "openai"
  );
}

/** The last bytes of a stream, kept to see whether the closing event was among them. */
export class DoneTail {
  #text = "";

  add({ buffer, byteOffset, byteLength }: Uint8Array): void {
    const bytes = Math.min(byteLength, TAIL_BYTES);
    const end = Buffer.from(buffer, byteOffset + byteLength - bytes, bytes);
    this.#text = (this.#text + end.toString("latin1")).slice(-TAIL_BYTES);
  }

  get isDone(): boolean {
    return DONE.test(this.#text);
  }
}

/** The failure of a stream whose closing event did not come. */
export function withoutDone({ endpoint }: Pick<ProxyResponse, "endpoint">): ProxyError {
  return new ProxyError(
    "upstream_truncated",
    "The backend closed the connection before the end of its stream.",
    { endpoint: endpoint.name },
  );
}
