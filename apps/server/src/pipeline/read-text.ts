import { ProxyError } from "@olla-ts/core";
import type { ProxyResponse } from "@olla-ts/core/ports";

/**
 * The whole body of an answer as text.
 *
 * @throws ProxyError `upstream_protocol` when it is longer than `maxBytes`, or what broke it
 */
export async function readText({ body }: ProxyResponse, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new ProxyError(
        "upstream_protocol",
        "The backend's answer is too large to be read whole.",
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString("utf8");
}
