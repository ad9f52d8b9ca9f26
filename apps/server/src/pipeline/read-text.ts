import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress, type ZlibOptions } from "node:zlib";

import { headerValue, ProxyError } from "@olla-ts/core";
import type { ProxyResponse } from "@olla-ts/core/ports";

type Decoder = (bytes: Buffer, limit: Pick<ZlibOptions, "maxOutputLength">) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["br", promisify<Buffer, object, Buffer>(brotliDecompress)],
  ["deflate", promisify<Buffer, object, Buffer>(inflate)],
  ["gzip", promisify<Buffer, object, Buffer>(gunzip)],
  ["x-gzip", promisify<Buffer, object, Buffer>(gunzip)],
  ["zstd", promisify<Buffer, object, Buffer>(zstdDecompress)],
]);

/**
 * The whole body of an answer as text, its content coding undone.
 *
 * @throws ProxyError `upstream_protocol` when it is longer than `maxBytes` or cannot be
 * decoded, or what broke it
 */
export async function readText(
  { body, headers }: Pick<ProxyResponse, "body" | "headers">,
  maxBytes: number,
): Promise<string> {
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
  const bytes = Buffer.concat(chunks, length);
  const coding = headerValue(headers, "content-encoding")?.trim().toLowerCase();
  if (coding === undefined || coding === "" || coding === "identity") return bytes.toString("utf8");
  return (await decodeBody(bytes, coding, maxBytes)).toString("utf8");
}

/**
 * Undoes a content coding.
 *
 * @param coding name in lower case
 * @throws ProxyError `upstream_protocol`, also when the result is longer than `maxBytes`
 */
export async function decodeBody(bytes: Buffer, coding: string, maxBytes: number): Promise<Buffer> {
  try {
    const decoder = DECODERS.get(coding);
    if (decoder !== undefined) return await decoder(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new ProxyError("upstream_protocol", "The backend's answer cannot be decoded.", { cause });
  }
  throw new ProxyError("upstream_protocol", "The backend's answer has an unknown coding.");
}
