import type { ErrorCode } from "@olla-ts/core";

/** Failures of the gateway and of backends, streams that broke among them; a client that left or was refused is none. */
export function isFailure(code: ErrorCode | undefined, status: number): boolean {
  if (code === "client_aborted") return false;
  return status >= 500 || (code !== undefined && status < 400);
}
