import { describe, expect, it } from "vitest";

import { ERROR_CODES, type Failure, failures, statusFailure } from "./failure.ts";

const UPSTREAM = { origin: "upstream", againstEndpoint: true } as const;

/** The failure classes of the design, one line per code that has a say in retry or health. */
const CLASSES: readonly (Partial<Failure> & { readonly code: keyof typeof failures })[] = [
  { code: "client_aborted", origin: "client", retry: "never", againstEndpoint: false },
  { code: "upstream_connect", ...UPSTREAM, retry: "elsewhere", takesOut: true, status: 502 },
  { code: "upstream_dns", ...UPSTREAM, retry: "elsewhere", takesOut: true, status: 502 },
  { code: "upstream_tls", ...UPSTREAM, retry: "elsewhere", takesOut: true, status: 502 },
  { code: "upstream_reset", ...UPSTREAM, retry: "if-repeatable", takesOut: true, status: 502 },
  { code: "connect_timeout", ...UPSTREAM, retry: "elsewhere", takesOut: true, status: 504 },
  { code: "response_header_timeout", ...UPSTREAM, retry: "if-repeatable", status: 504 },
  { code: "upstream_busy", origin: "upstream", retry: "elsewhere", againstEndpoint: false },
  { code: "upstream_error", origin: "upstream", retry: "never", againstEndpoint: false },
  { code: "upstream_truncated", ...UPSTREAM, retry: "never" },
  { code: "first_token_timeout", ...UPSTREAM, retry: "never", status: 504 },
  { code: "idle_timeout", ...UPSTREAM, retry: "never", status: 504 },
  { code: "total_timeout", ...UPSTREAM, retry: "never", status: 504 },
];

describe("failures", () => {
  it("has a row for every code and no other", () => {
    expect(Object.keys(failures).toSorted()).toEqual(ERROR_CODES.toSorted());
  });

  it("lists every code once", () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
  });

  it.each(CLASSES)("treats $code as the design says", ({ code, ...rules }) => {
    expect(failures[code]).toMatchObject(rules);
  });

  it.each(ERROR_CODES)("answers %s with an error status", (code) => {
    expect(failures[code].status).toBeGreaterThanOrEqual(400);
    expect(failures[code].status).toBeLessThan(600);
  });

  it("holds nothing against an endpoint but failures of the upstream", () => {
    const blamed = ERROR_CODES.filter((code) => failures[code].againstEndpoint);
    const foreign = blamed.filter((code) => failures[code].origin !== "upstream");
    expect(foreign).toEqual([]);
  });

  it("takes out only endpoints that it also counts the failure against", () => {
    const taken = ERROR_CODES.filter((code) => failures[code].takesOut);
    expect(taken.filter((code) => !failures[code].againstEndpoint)).toEqual([]);
  });

  it("never retries what is the client's own doing", () => {
    const own = ERROR_CODES.filter((code) => failures[code].origin === "client");
    expect(own.filter((code) => failures[code].retry !== "never")).toEqual([]);
  });
});

describe("statusFailure", () => {
  it.each([
    [200, undefined],
    [302, undefined],
    [400, undefined],
    [401, undefined],
    [404, undefined],
    [429, "upstream_busy"],
    [499, undefined],
    [500, "upstream_error"],
    [502, "upstream_error"],
    [503, "upstream_busy"],
    [504, "upstream_error"],
    [599, "upstream_error"],
  ])("takes status %d for %s", (status, code) => {
    expect(statusFailure(status)).toBe(code);
  });
});
