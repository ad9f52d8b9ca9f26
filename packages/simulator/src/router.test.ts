import { describe, expect, it } from "vitest";

import { createRouter, get, infer } from "./router.ts";

const handle = () => Promise.resolve();
const find = createRouter([
  get("/models", handle),
  get("/models/*", handle),
  infer("/models/load", handle),
  { method: "ANY", path: "/echo/*", handle },
]);

describe("createRouter", () => {
  it.each([
    { method: "GET", path: "/models", found: "/models" },
    { method: "HEAD", path: "/models", found: "/models" },
    { method: "GET", path: "/models/acme/pine", found: "/models/*" },
    { method: "POST", path: "/models/load", found: "/models/load" },
    { method: "POST", path: "/models/other", found: undefined },
    { method: "DELETE", path: "/echo/x", found: "/echo/*" },
    { method: "GET", path: "/nowhere", found: undefined },
  ])("finds $found for $method $path", ({ method, path, found }) => {
    expect(find(method, path)?.path).toBe(found);
  });
});
