import { ProxyError, type HeaderList } from "@olla-ts/core";

const DEFAULT_HEADER_BYTES = 1_048_576;
const LEAST_HEADER_BYTES = 4_096;
/** `HTTP/1.1`, and the line ends and blanks of the request line. */
const REQUEST_LINE_BYTES = 8 + 4;
/** `: ` and the line end of one field. */
const FIELD_BYTES = 4;

export interface RequestLimitOptions {
  /** Largest request body in bytes; 0 or less: unlimited. */
  readonly maxBodyBytes: number;
  /** Largest request head in bytes, at least 4096; 0 or less: 1,048,576. */
  readonly maxHeaderBytes: number;
}

/** Checks the size and framing of requests before and while they are read. */
export interface RequestLimits {
  /** In force, in bytes; `Infinity` when unlimited. */
  readonly maxBodyBytes: number;
  /** In force, in bytes. */
  readonly maxHeaderBytes: number;
  /**
   * Judges a request by its head, the head's size first.
   *
   * @param url request target as sent
   * @returns `headers_too_large`, `invalid_request` when its length is not stated once and as a
   * number, `body_too_large`, or undefined when nothing is wrong
   */
  checkHead(method: string, url: string, rawHeaders: HeaderList): ProxyError | undefined;
  /**
   * Judges a body of unknown length while it arrives.
   *
   * @param receivedBytes so far
   * @returns `body_too_large`, or undefined
   */
  checkBody(receivedBytes: number): ProxyError | undefined;
}

/** Refuses requests that are too large, or whose length can be read in two ways. */
export function createRequestLimits(options: RequestLimitOptions): RequestLimits {
  const maxBodyBytes = options.maxBodyBytes > 0 ? options.maxBodyBytes : Number.POSITIVE_INFINITY;
  const maxHeaderBytes =
    options.maxHeaderBytes > 0
      ? Math.max(LEAST_HEADER_BYTES, options.maxHeaderBytes)
      : DEFAULT_HEADER_BYTES;

  function checkBody(bytes: number): ProxyError | undefined {
    if (bytes <= maxBodyBytes) return undefined;
    return new ProxyError(
      "body_too_large",
      `Request body too large: at most ${maxBodyBytes} bytes are accepted.`,
    );
  }

  return {
    maxBodyBytes,
    maxHeaderBytes,

    checkHead(method, url, rawHeaders): ProxyError | undefined {
      if (headBytes(method, url, rawHeaders) > maxHeaderBytes) {
        return new ProxyError(
          "headers_too_large",
          `Request headers too large: at most ${maxHeaderBytes} bytes are accepted.`,
        );
      }
      const length = declaredLength(rawHeaders);
      if (length === "ambiguous") {
        return new ProxyError(
          "invalid_request",
          "Content-Length must be given at most once, as a number, and not with Transfer-Encoding.",
        );
      }
      return checkBody(length);
    },

    checkBody,
  };
}

/** Size of the request head on the wire in HTTP/1.1; the parser's strings have one unit per byte. */
function headBytes(method: string, url: string, rawHeaders: HeaderList): number {
  const fields = rawHeaders.reduce((sum, part) => sum + part.length, 0);
  const frames = (rawHeaders.length / 2) * FIELD_BYTES;
  return method.length + url.length + REQUEST_LINE_BYTES + fields + frames;
}

/**
 * Stated length in bytes, 0 when none is. Two readings of one request are how
 * requests are smuggled past a gateway (RFC 9112 section 11.2), so even repeated
 * equal values are refused, which RFC 9110 section 8.6 allows.
 */
function declaredLength(rawHeaders: HeaderList): number | "ambiguous" {
  let length: number | undefined;
  let isEncoded = false;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    if (name === "transfer-encoding") isEncoded = true;
    if (name !== "content-length") continue;
    const value = rawHeaders[index + 1] ?? "";
    if (length !== undefined || !/^\d+$/.test(value)) return "ambiguous";
    length = Number(value);
  }
  if (length === undefined) return 0;
  return isEncoded ? "ambiguous" : length;
}
