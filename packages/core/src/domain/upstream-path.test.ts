import { assert, property, string, webPath, webQueryParameters } from "fast-check";
import { describe, expect, it } from "vitest";

import { makeEndpoint, makeProfile } from "../testing/make.ts";
import { climbs, upstreamPath } from "./upstream-path.ts";

describe("upstreamPath", () => {
  const endpoint = makeEndpoint({ url: "http://127.0.0.1:20000/base" });

  it("RT-82 keeps %2F and every other byte of the path", () => {
    expect(upstreamPath(endpoint, undefined, "/v1/models/a%2Fb", "?x=%20", undefined)).toBe(
      "/v1/models/a%2Fb?x=%20",
    );
  });

  it("puts the base path of the endpoint in front when it is to be kept", () => {
    const keeping = makeEndpoint({ url: "http://127.0.0.1:20000/base", preservePath: true });
    expect(upstreamPath(keeping, undefined, "/v1/models", "?a=1", undefined)).toBe(
      "/base/v1/models?a=1",
    );
  });

  it("sends an operation to the endpoint's own path for it", () => {
    const profile = makeProfile({ paths: ["/api/v1/chat"], operations: { chat: "/api/v1/chat" } });
    expect(upstreamPath(endpoint, profile, "/v1/chat/completions", "?a", "chat")).toBe(
      "/api/v1/chat?a",
    );
  });

  it("keeps a path that the endpoint serves as written, whatever the operation", () => {
    const profile = makeProfile({ paths: ["/chat"], operations: { chat: "/v1/chat/completions" } });
    expect(upstreamPath(endpoint, profile, "/chat", "", "chat")).toBe("/chat");
  });

  it("keeps the path of an operation that the endpoint has no path for", () => {
    const profile = makeProfile({ paths: [], operations: {} });
    expect(upstreamPath(endpoint, profile, "/v1/rerank", "", "rerank")).toBe("/v1/rerank");
    expect(upstreamPath(endpoint, undefined, "/v1/rerank", "", "rerank")).toBe("/v1/rerank");
  });

  it("changes no byte of any path without an operation", () => {
    assert(
      property(webPath(), webQueryParameters(), (path, query) => {
        const sent = upstreamPath(endpoint, makeProfile(), `/${path}`, `?${query}`, undefined);
        expect(sent).toBe(`/${path}?${query}`);
      }),
    );
  });
});

describe("climbs", () => {
  it.each([
    "/..",
    "/../etc/passwd",
    "/v1/../../internal",
    "/v1/%2e%2e/x",
    "/v1/%2E./x",
    "/v1/.%2e",
    "/v1/..%2Fx",
    "/v1%2f..%2fx",
    String.raw`/v1\..\x`,
    "/v1%5c..%5Cx",
  ])("holds for %s", (path) => {
    expect(climbs(path)).toBe(true);
  });

  it.each([
    "/",
    "/v1/models",
    "/v1/models/llama..3",
    "/v1/...",
    "/v1/./x",
    "/v1/%2e/x",
    "/v1/a%2Fb",
    "/.well-known/x",
    "/v1/..x/y..",
  ])("does not hold for %s", (path) => {
    expect(climbs(path)).toBe(false);
  });

  it("holds wherever a segment of two dots is put", () => {
    assert(
      property(string(), string(), (before, after) => {
        expect(climbs(`/${before}/../${after}`)).toBe(true);
      }),
    );
  });
});
