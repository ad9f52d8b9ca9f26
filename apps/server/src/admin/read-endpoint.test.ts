import { describe, expect, it } from "vitest";

import { readEndpoint } from "./read-endpoint.ts";

const TYPES = {
  canonicalType: (spelling: string) => ["ollama", "vllm", "auto"].find((type) => type === spelling),
  names: ["ollama", "vllm"],
};

function refusal(body: unknown): string {
  try {
    readEndpoint(typeof body === "string" ? body : JSON.stringify(body), TYPES);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "accepted";
}

describe("readEndpoint", () => {
  it("reads the keys of an entry of the file, durations and all", () => {
    const body = JSON.stringify({
      name: "rack-1",
      url: "http://10.0.0.11:8000",
      type: "vllm",
      priority: 7,
      check_interval: "10s",
      auth: { type: "bearer", token: "opensesame" },
    });
    expect(readEndpoint(body, TYPES)).toMatchObject({
      name: "rack-1",
      url: "http://10.0.0.11:8000",
      type: "vllm",
      priority: 7,
      checkIntervalMs: 10_000,
      headers: ["Authorization", "Bearer opensesame"],
    });
  });

  it.each([
    { body: "{", says: "The body is no JSON." },
    { body: "[]", says: "The body must be an object" },
    { body: {}, says: "url" },
    { body: { url: "ftp://x" }, says: "url" },
    { body: { url: "http://x", type: "olama" }, says: 'did you mean "ollama"' },
    {
      body: { url: "http://x", prioritee: 1 },
      says: 'prioritee: unknown key, ignored; did you mean "priority"?',
    },
    { body: { url: "http://x", priority: "high" }, says: "priority:" },
    { body: { url: "http://x", type: "vllm", name: "." }, says: "name: is a step in a path" },
    { body: { url: "http://x", type: "vllm", name: ".." }, says: "name: is a step in a path" },
  ])("refuses $body with a reason", ({ body, says }) => {
    expect(refusal(body)).toContain(says);
  });

  it.each([
    `{"url": ${"[".repeat(15_000)}${"]".repeat(15_000)}}`,
    `{"url": "http://x", "headers": ${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`,
  ])("refuses what is nested too deeply", (body) => {
    expect(refusal(body)).toBe("The body is nested too deeply.");
  });

  it("reads neither the environment nor files of this machine", () => {
    const auth = { type: "bearer", token_file: "/etc/hostname" };
    expect(refusal({ url: "http://x", type: "vllm", auth })).toContain("auth.token_file:");
    const env = { type: "bearer", token: "${PATH}" };
    expect(refusal({ url: "http://x", type: "vllm", auth: env })).toContain("PATH");
  });
});
