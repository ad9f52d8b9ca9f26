import { ProxyError } from "@olla-ts/core";
import { type JsonValue, parseJson } from "@olla-ts/dialects";

/**
 * The body of a backend's answer; what it got wrong is not the client's fault.
 *
 * @throws ProxyError `upstream_protocol`
 */
export function parseAnswer(body: string): JsonValue {
  try {
    return parseJson(body);
  } catch (cause) {
    throw new ProxyError("upstream_protocol", "The backend's answer is not valid JSON.", { cause });
  }
}
