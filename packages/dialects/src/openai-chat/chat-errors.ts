import type { ProxyError } from "@olla-ts/core";

import type { JsonObject } from "../conversation.ts";
import { errorText } from "../errors/backend-error.ts";
import { isJsonObject, toNumber } from "../json/json-value.ts";
import type { ReplyFailure } from "../reply.ts";

/** An error that a backend reports inside an answer of status 200. */
export interface ReportedError {
  readonly message: string;
  readonly status: number | undefined;
}

/**
 * The error in an answer or a chunk; undefined when it is none. Knows
 * `{"error":{"message":…,"code":503}}`, `{"error":"text"}`,
 * `{"object":"error","message":…}` and, without choices, `{"detail":"text"}`.
 */
export function readReportedError(body: JsonObject): ReportedError | undefined {
  const { error, object, choices, detail } = body;
  const hasError = error !== undefined && error !== null && error !== false;
  const isDetail = choices === undefined && detail !== undefined;
  if (!hasError && object !== "error" && !isDetail) return undefined;
  return {
    message: errorText(body) ?? "The backend reported an error.",
    status: (isJsonObject(error) ? statusOf(error) : undefined) ?? statusOf(body),
  };
}

function statusOf({ code, status }: JsonObject): number | undefined {
  for (const value of [code, status]) {
    const number = typeof value === "string" ? Number(value) : toNumber(value);
    if (number !== undefined && number >= 400 && number <= 599) return number;
  }
  return undefined;
}

/** The error as `{"error":{"message":…,"type":…,"param":…,"code":…}}`. */
export function toErrorBody(error: ProxyError): JsonObject {
  const { message, status, code } = error;
  const param = code === "invalid_request" ? fieldIn(message) : null;
  return { error: { message, type: errorType(status), param, code } };
}

/** The error of a broken stream in the same shape. */
export function toFailureBody({ message, status = 502, code }: ReplyFailure): JsonObject {
  const stated = code ?? "upstream_error";
  return { error: { message, type: errorType(status), param: null, code: stated } };
}

function errorType(status: number): string {
  if (status >= 500) return "server_error";
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  return status === 429 ? "rate_limit_error" : "invalid_request_error";
}

/** The field that a message like `max_tokens: must be …` starts with. */
function fieldIn(message: string): string | null {
  return /^([\w.]+): /.exec(message)?.[1] ?? null;
}
