import { assert, property, string, webPath, webQueryParameters } from "fast-check";
import { describe, expect, it } from "vitest";

import { makeEndpoint, makeProfile } from "../testing/make.ts";
import { climbs, upstreamPath, usualPath, withQuery } from "./upstream-path.ts";

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

describe("upstreamPath below a base path that ends in a version", () => {
  it.each([
    { base: "/openai/v1", path: "/v1/chat/completions", sent: "/openai/v1/chat/completions" },
    { base: "/openai/v1", path: "/v1", sent: "/openai/v1" },
    { base: "/v1", path: "/v10/models", sent: "/v1/v10/models" },
    { base: "/v1beta/openai", path: "/chat/completions", sent: "/v1beta/openai/chat/completions" },
    { base: "/v2", path: "/v1/models", sent: "/v2/v1/models" },
  ])("PV-47 sends $path below $base as $sent", ({ base, path, sent }) => {
    const endpoint = makeEndpoint({ url: `http://127.0.0.1:20000${base}`, preservePath: true });
    expect(upstreamPath(endpoint, undefined, path, "", undefined)).toBe(sent);
  });

  it.each([
    { paths: ["/v1/models", "/api/chat"], path: "/api/chat", sent: "/team/api/chat?a=1" },
    { paths: ["/v1/models", "/api/chat"], path: "/v1/models", sent: "/team/v1/models?a=1" },
    { paths: ["/v1/models", "/api/chat"], path: "/chat", sent: "/team/v1/chat?a=1" },
    { paths: ["/models", "/rerank"], path: "/rerank", sent: "/team/v1/rerank?a=1" },
  ])("PV-47 sends $path to a server that has $paths as $sent", ({ paths, path, sent }) => {
    const endpoint = makeEndpoint({ url: "http://127.0.0.1:20000/team/v1", preservePath: true });
    expect(upstreamPath(endpoint, makeProfile({ paths }), path, "?a=1", undefined)).toBe(sent);
  });
});

describe("withQuery", () => {
  it.each([
    { target: "/a", own: "", sent: "/a" },
    { target: "/a?x=1", own: "", sent: "/a?x=1" },
    { target: "/a", own: "v=1", sent: "/a?v=1" },
    { target: "/a?x=%20&v=9&v&y", own: "v=1&w=2", sent: "/a?x=%20&y&v=1&w=2" },
    { target: "/a?", own: "v=1", sent: "/a?v=1" },
  ])("PV-67 puts $own on $target", ({ target, own, sent }) => {
    expect(withQuery(target, own)).toBe(sent);
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

describe("usualPath", () => {
  it.each([
    ["", "/v1/models", "/v1/models"],
    ["/v1", "/v1/models", "/v1/models"],
    ["/v1", "/models", "/v1/models"],
    ["/v1", "/health", "/health"],
    ["/team/v1", "/api/tags", "/team/api/tags"],
    ["/team", "/health", "/team/health"],
    ["/v2", "/v2/models", "/v2/models"],
    ["/v2", "/health", "/v2/health"],
  ])("finds below %j the path %s at %s", (basePath, path, found) => {
    expect(usualPath(basePath, path)).toBe(found);
  });
});
