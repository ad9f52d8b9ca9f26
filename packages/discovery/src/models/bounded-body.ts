import { ProxyError } from "@olla-ts/core";

/**
 * Reads a body as UTF-8 text, unless it is too large; then the rest is not read.
 *
 * @throws ProxyError `upstream_protocol` when it holds more than `maxBytes`
 */
export async function readBoundedText(response: Response, maxBytes: number): Promise<string> {
  const declared = Number(response.headers.get("content-length") ?? 0);
  if (declared > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function tooLarge(maxBytes: number): ProxyError {
  return new ProxyError("upstream_protocol", `The model list is larger than ${maxBytes} bytes.`);
}
