/** Why a backend refuses a request. */
export type RefusalReason =
  | "not-found"
  | "unknown-model"
  | "invalid-request"
  | "unavailable"
  | "internal";

/** A request that is answered with an error. */
export interface Refusal {
  readonly status: number;
  readonly reason: RefusalReason;
  readonly message: string;
  /** Set for `unknown-model`. */
  readonly model?: string;
}

/** Turns a refusal into a body in the shape of one server; a text goes out as plain text. */
export type ErrorShape = (refusal: Refusal) => string | Readonly<Record<string, unknown>>;

/** A path the server does not have. */
export function pathNotFound(method: string, path: string): Refusal {
  return {
    status: 404,
    reason: "not-found",
    message: `Unexpected endpoint or method. (${method} ${path})`,
  };
}

/** A request body the server cannot use. */
export function invalidRequest(message: string): Refusal {
  return { status: 400, reason: "invalid-request", message };
}

const openAiTypes: Readonly<Record<RefusalReason, string>> = {
  "not-found": "invalid_request_error",
  "unknown-model": "invalid_request_error",
  "invalid-request": "invalid_request_error",
  unavailable: "server_error",
  internal: "server_error",
};

/** `{"error":{"message":"…","type":"invalid_request_error","param":"model","code":"model_not_found"}}` */
export function toOpenAiError({ reason, message }: Refusal): Readonly<Record<string, unknown>> {
  const isModel = reason === "unknown-model";
  return {
    error: {
      message,
      type: openAiTypes[reason],
      param: isModel ? "model" : null,
      code: isModel ? "model_not_found" : null,
    },
  };
}

/** `{"type":"error","error":{"type":"not_found_error","message":"…"}}` */
export function toAnthropicError({ status, message }: Refusal): Readonly<Record<string, unknown>> {
  return { type: "error", error: { type: anthropicType(status), message } };
}

function anthropicType(status: number): string {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
    case 529:
      return "overloaded_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}

/** FastAPI's answer to an unknown path: `{"detail":"Not Found"}`. */
export function toFastApiNotFound(): Readonly<Record<string, unknown>> {
  return { detail: "Not Found" };
}
