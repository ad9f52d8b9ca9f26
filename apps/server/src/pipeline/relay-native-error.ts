import { headerValue, ProxyError } from "@olla-ts/core";
import type { ProxyResponse } from "@olla-ts/core/ports";

import { readText } from "./read-text.ts";
import type { Translation } from "./translation.ts";

/** Largest error that is read; servers repeat the whole request in some. */
const MAX_ERROR_BYTES = 64 * 1_024 * 1_024;

/** An error of a backend that was asked in the client's own dialect. */
export interface NativeError {
  /** For the client, in its dialect. */
  readonly body: string;
  /** Whether the body is the backend's own. */
  readonly isOwn: boolean;
  /** False when the backend has no such path: another dialect may work. */
  readonly pathExists: boolean;
}

/**
 * Reads a backend's error. One in the shape of the Anthropic API is kept as it
 * is, any other is written anew.
 */
export async function readNativeError(
  upstream: ProxyResponse,
  translation: Translation,
  requestId: string,
): Promise<NativeError> {
  const { status, headers } = upstream;
  const text = await readText(upstream, MAX_ERROR_BYTES);
  const type = headerValue(headers, "content-type") ?? "";
  if (translation.isOwnError(text)) return { body: text, isOwn: true, pathExists: true };
  const message = translation.backendMessage(status, text, type);
  const error = new ProxyError("upstream_error", message, { status });
  // A 404 that speaks of the model comes from a handler, so the path is there.
  const pathExists = status !== 404 || /model/i.test(text);
  return { body: translation.error(error, requestId), isOwn: false, pathExists };
}
