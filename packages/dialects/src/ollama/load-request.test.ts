import { describe, expect, it } from "vitest";

import { parseOllamaLoad, writeOllamaLoad } from "./load-request.ts";

const CONTEXT = {
  model: "pine:7b",
  createdAt: Date.UTC(2026, 4, 1, 9) / 1_000,
  randomId: (): string => "r4nd0m",
  estimatedInputTokens: 0,
  includeUsage: true,
  elapsedMs: (): number => 5,
};

describe("parseOllamaLoad", () => {
  it.each([
    { operation: "ollama-chat", body: {} },
    { operation: "ollama-chat", body: { messages: [] } },
    { operation: "ollama-generate", body: {} },
    { operation: "ollama-generate", body: { prompt: "", images: [], system: "Be brief." } },
  ] as const)("finds that $body asks $operation for nothing", ({ operation, body }) => {
    expect(parseOllamaLoad({ model: "pine:7b", ...body }, operation)).toEqual({
      model: "pine:7b",
      action: "load",
    });
  });

  it.each([
    { operation: "ollama-chat", body: { messages: [{ role: "user", content: "" }] } },
    { operation: "ollama-generate", body: { prompt: "x" } },
    { operation: "ollama-generate", body: { images: ["iVBORw0KGgo="] } },
    { operation: "ollama-generate", body: { suffix: "}" } },
  ] as const)("finds that $body asks $operation for an answer", ({ operation, body }) => {
    expect(parseOllamaLoad({ model: "pine:7b", ...body }, operation)).toBeUndefined();
  });

  it.each([
    { keepAlive: 0, action: "unload" },
    { keepAlive: "0", action: "unload" },
    { keepAlive: "0s", action: "unload" },
    { keepAlive: "10m", action: "load" },
    { keepAlive: -1, action: "load" },
  ])("takes keep_alive $keepAlive for $action", ({ keepAlive, action }) => {
    const body = { model: "pine:7b", keep_alive: keepAlive };
    expect(parseOllamaLoad(body, "ollama-chat")).toMatchObject({ action });
  });

  it("needs the model", () => {
    expect(() => parseOllamaLoad({}, "ollama-chat")).toThrow("model: is required");
  });
});

describe("writeOllamaLoad", () => {
  it("answers generate with an empty response that is done", () => {
    const request = { model: "pine:7b", action: "load" } as const;
    expect(writeOllamaLoad(request, "ollama-generate", CONTEXT)).toEqual({
      model: "pine:7b",
      created_at: "2026-05-01T09:00:00.005Z",
      response: "",
      done: true,
      done_reason: "load",
    });
  });

  it("answers chat with an empty message that is done", () => {
    const request = { model: "pine:7b", action: "unload" } as const;
    expect(writeOllamaLoad(request, "ollama-chat", CONTEXT)).toMatchObject({
      message: { role: "assistant", content: "" },
      done: true,
      done_reason: "unload",
    });
  });
});
