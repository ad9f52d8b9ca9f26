import { describe, expect, it } from "vitest";

import { createRequestLimits } from "./request-limits.ts";

const limits = createRequestLimits({ maxBodyBytes: 1_000, maxHeaderBytes: 5_000 });

function refusal(...rawHeaders: readonly string[]): string | undefined {
  return limits.checkHead("POST", "/olla/proxy/v1/chat", rawHeaders)?.code;
}

/** A head of exactly so many bytes: `GET / HTTP/1.1`, line ends and one field. */
function headOf(bytes: number): string[] {
  return ["X", "x".repeat(bytes - 3 - 1 - 8 - 4 - 1 - 4)];
}

describe("createRequestLimits", () => {
  it("lets an ordinary request pass", () => {
    expect(refusal("Host", "gateway", "Content-Length", "1000")).toBeUndefined();
    expect(refusal("Host", "gateway", "Transfer-Encoding", "chunked")).toBeUndefined();
    expect(refusal()).toBeUndefined();
  });

  it("RT-72 HP-48 refuses a head above the limit, and not one byte earlier", () => {
    expect(limits.checkHead("GET", "/", headOf(5_000))).toBeUndefined();
    expect(limits.checkHead("GET", "/", headOf(5_001))).toMatchObject({
      code: "headers_too_large",
      status: 431,
    });
  });

  it("counts the request target as part of the head", () => {
    expect(limits.checkHead("GET", `/${"x".repeat(5_000)}`, [])?.code).toBe("headers_too_large");
  });

  it("RT-72 HP-47 refuses a declared body above the limit", () => {
    expect(limits.checkHead("POST", "/", ["Content-Length", "1001"])).toMatchObject({
      code: "body_too_large",
      status: 413,
    });
    expect(refusal("content-length", "9".repeat(400))).toBe("body_too_large");
  });

  it("RT-72 refuses a body of unknown length as soon as it is above the limit", () => {
    expect(limits.checkBody(1_000)).toBeUndefined();
    expect(limits.checkBody(1_001)).toMatchObject({ code: "body_too_large", status: 413 });
  });

  it("judges the head before the body", () => {
    expect(refusal("Content-Length", "9999", ...headOf(6_000))).toBe("headers_too_large");
  });

  it.each([
    { title: "given twice, different", headers: ["Content-Length", "5", "content-length", "6"] },
    { title: "given twice, equal", headers: ["Content-Length", "5", "Content-Length", "5"] },
    { title: "a list", headers: ["Content-Length", "5, 5"] },
    { title: "negative", headers: ["Content-Length", "-1"] },
    { title: "signed", headers: ["Content-Length", "+5"] },
    { title: "hexadecimal", headers: ["Content-Length", "0x5"] },
    { title: "empty", headers: ["Content-Length", ""] },
    { title: "a fraction", headers: ["Content-Length", "5.0"] },
    {
      title: "beside Transfer-Encoding",
      headers: ["Content-Length", "5", "Transfer-Encoding", "chunked"],
    },
    {
      title: "behind Transfer-Encoding",
      headers: ["transfer-encoding", "chunked", "content-length", "5"],
    },
  ])("refuses a Content-Length that is $title", ({ headers }) => {
    expect(limits.checkHead("POST", "/", headers)).toMatchObject({
      code: "invalid_request",
      status: 400,
    });
  });

  it.each([0, -1])("takes a body limit of %i as unlimited", (maxBodyBytes) => {
    const unlimited = createRequestLimits({ maxBodyBytes, maxHeaderBytes: 5_000 });
    expect(unlimited.maxBodyBytes).toBe(Number.POSITIVE_INFINITY);
    expect(unlimited.checkBody(1e12)).toBeUndefined();
    expect(unlimited.checkHead("POST", "/", ["Content-Length", "9".repeat(400)])).toBeUndefined();
  });

  it.each([
    { configured: 0, inForce: 1_048_576 },
    { configured: -1, inForce: 1_048_576 },
    { configured: 1, inForce: 4_096 },
    { configured: 4_095, inForce: 4_096 },
    { configured: 4_097, inForce: 4_097 },
  ])("takes a header limit of $configured as $inForce", ({ configured, inForce }) => {
    const made = createRequestLimits({ maxBodyBytes: 1, maxHeaderBytes: configured });
    expect(made.maxHeaderBytes).toBe(inForce);
    expect(made.checkHead("GET", "/", headOf(inForce))).toBeUndefined();
    expect(made.checkHead("GET", "/", headOf(inForce + 1))?.code).toBe("headers_too_large");
  });

  it("CF-44 a header limit of 10 still admits a head of 3000 bytes", () => {
    const made = createRequestLimits({ maxBodyBytes: 1, maxHeaderBytes: 10 });
    expect(made.checkHead("GET", "/", headOf(3_000))).toBeUndefined();
  });
});
