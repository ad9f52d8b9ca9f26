import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import { parseJson } from "../json/parse-json.ts";
import {
  errorTypeOf,
  isErrorBody,
  statusOfErrorType,
  writeError,
  writeStreamError,
} from "./errors.ts";

describe("errorTypeOf", () => {
  it.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [408, "timeout_error"],
    [413, "request_too_large"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [501, "api_error"],
    [502, "api_error"],
    [504, "timeout_error"],
  ])("TR-39 names status %i %s", (status, type) => {
    expect(errorTypeOf(status)).toBe(type);
  });

  it.each([
    [402, "billing_error"],
    [409, "conflict_error"],
    [418, "invalid_request_error"],
    [422, "invalid_request_error"],
    [503, "overloaded_error"],
    [529, "overloaded_error"],
  ])("TR-40 names status %i %s", (status, type) => {
    expect(errorTypeOf(status)).toBe(type);
  });

  it("has a status for every type, and that has the type", () => {
    for (const type of ["api_error", "overloaded_error", "rate_limit_error", "timeout_error"]) {
      expect(errorTypeOf(statusOfErrorType(type) ?? 0)).toBe(type);
    }
    expect(statusOfErrorType("NotFoundError")).toBeUndefined();
  });
});

describe("writeError", () => {
  const error = new ProxyError("model_not_found", "model: pine is not known");
  const body = {
    type: "error",
    error: { type: "not_found_error", message: "model: pine is not known" },
    request_id: "req_1",
  };

  it("TR-44 repeats the id of the request", () => {
    expect(writeError(error, "req_1")).toEqual(body);
  });

  it("uses the status that the error carries, not that of its code", () => {
    const busy = new ProxyError("upstream_error", "m", { status: 529 });
    expect(writeError(busy, "r")).toMatchObject({ error: { type: "overloaded_error" } });
  });

  it("TR-31 ends a stream with a named event", () => {
    const [, name, data] = /^event: (.*)\ndata: (.*)\n\n$/.exec(writeStreamError(error, "req_1"))!;
    expect(name).toBe("error");
    expect(parseJson(data!)).toEqual(body);
  });
});

describe("isErrorBody", () => {
  it("TR-56 holds for a body that clients understand", () => {
    expect(isErrorBody('{"type":"error","error":{"type":"api_error","message":"m"}}')).toBe(true);
  });

  it.each([
    '{"error":{"message":"File Not Found","type":"not_found_error","code":404}}',
    '{"type":"error","error":{"type":"NotFoundError","message":"m"}}',
    '{"type":"error","error":{"type":"api_error"}}',
    '{"type":"error","error":"m"}',
    '{"type":"error"}',
    "[]",
    "no",
  ])("TR-56 does not hold for %s", (body) => {
    expect(isErrorBody(body)).toBe(false);
  });
});
