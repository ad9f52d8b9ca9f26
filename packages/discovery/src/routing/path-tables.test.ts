import { decideRoute, type Endpoint, type ProviderProfile, upstreamPath } from "@olla-ts/core";
import type { RoutingTable } from "@olla-ts/core";
import {
  createFakeModelRegistry,
  makeEndpoint,
  makeIntent,
  makeProfile,
} from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { buildRoutingTable } from "./build-routing-table.ts";

const anthropic = { messagesPath: "/v1/messages", tokenCount: false, limitations: [] };

const profiles: readonly ProviderProfile[] = [
  makeProfile({ type: "openai-compatible", prefixes: ["openai", "openai-compatible"] }),
  makeProfile({
    type: "ollama",
    paths: ["/", "/api/chat", "/api/tags", "/api/embeddings", "/v1/chat/completions"],
    operations: { chat: "/v1/chat/completions", ollama_chat: "/api/chat", models: "/api/tags" },
    anthropic,
  }),
  makeProfile({ type: "lm-studio", prefixes: ["lmstudio", "lm-studio", "lm_studio"] }),
  makeProfile({
    type: "vllm",
    paths: ["/v1/rerank", "/v1/chat/completions/vision"],
    operations: { rerank: "/v1/rerank", chat: "/v1/chat/completions" },
    anthropic: { ...anthropic, tokenCount: true },
  }),
  makeProfile({
    type: "lemonade",
    paths: ["/api/v1/chat/completions", "/api/v1/models"],
    operations: { chat: "/api/v1/chat/completions", models: "/api/v1/models" },
  }),
  makeProfile({
    type: "docker-model-runner",
    prefixes: ["dmr"],
    paths: ["/engines/v1/chat/completions", "/engines/llama.cpp/v1/chat/completions"],
    operations: { chat: "/engines/v1/chat/completions" },
    anthropic: { ...anthropic, messagesPath: "/anthropic/v1/messages", tokenCount: true },
  }),
  makeProfile({
    type: "omlx",
    openaiCompatible: false,
    paths: ["/v1/messages", "/v1/responses"],
    operations: { messages: "/v1/messages", responses: "/v1/responses" },
  }),
];

function makeTable(endpoints: readonly Endpoint[] = []): RoutingTable {
  const registry = createFakeModelRegistry();
  for (const endpoint of endpoints) registry.replaceModels(endpoint, [{ name: "pine" }]);
  return buildRoutingTable({
    version: 1,
    endpoints,
    registry,
    aliases: {},
    profiles: new Map(profiles.map((profile) => [profile.type, profile])),
    upstreamHeaders: new Map(),
    strategy: { type: "strict", fallback: "none", refreshOnMiss: false, refreshTimeoutMs: 0 },
    catalogued: true,
  });
}

const table = makeTable();

function typesOf(path: string): readonly string[] | undefined {
  const types = table.pathTypes.get(path);
  return types === undefined ? undefined : [...types].toSorted();
}

/** The path under which an endpoint of the type is asked for the model, or why it is not. */
function sentPath(type: string, path: string): string {
  const endpoint = makeEndpoint({ type });
  const own = makeTable([endpoint]);
  const operation = own.pathOperations.get(path);
  const decision = decideRoute(makeIntent({ model: "pine", path, operation }), own, {
    isRoutable: () => true,
    isDraining: () => false,
    status: () => "healthy",
  });
  if (decision.action === "rejected") return decision.reason;
  return upstreamPath(endpoint, own.profiles.get(type), path, "", operation);
}

describe("scopes", () => {
  it("RT-25 makes every prefix of a profile lead to the same types", () => {
    const scopes = ["lmstudio", "lm-studio", "lm_studio"].map((one) => table.scopes.get(one));
    for (const scope of scopes) {
      expect(scope).toEqual({ type: "lm-studio", types: new Set(["lm-studio", "auto"]) });
    }
  });

  it.each(["openai", "openai-compatible"])(
    "RT-21 lets %s reach every compatible type",
    (prefix) => {
      const scope = table.scopes.get(prefix);
      expect(scope?.type).toBe("openai-compatible");
      expect([...(scope?.types ?? [])].toSorted()).toEqual([
        "auto",
        "docker-model-runner",
        "lemonade",
        "lm-studio",
        "ollama",
        "openai-compatible",
        "vllm",
      ]);
    },
  );

  it("PV-39 keeps a provider's prefix to that provider", () => {
    expect(table.scopes.get("vllm")?.types).toEqual(new Set(["vllm", "auto"]));
    expect(table.scopes.has("nobody")).toBe(false);
  });

  it("PV-13 knows prefixes in lower case", () => {
    const shouting = makeProfile({ type: "acme", prefixes: ["ACME"] });
    const { scopes } = buildRoutingTable({
      ...table,
      registry: createFakeModelRegistry(),
      aliases: {},
      profiles: new Map([["acme", shouting]]),
    });
    expect([...scopes.keys()]).toEqual(["acme"]);
  });
});

describe("path types", () => {
  it("RT-22 lets only Ollama serve its own paths", () => {
    expect(typesOf("/api/chat")).toEqual(["ollama"]);
  });

  it("RT-23 keeps rerank from backends that have none", () => {
    expect(typesOf("/v1/rerank")).toEqual(["vllm"]);
  });

  it("RT-24 says nothing of a path that no profile knows", () => {
    expect(typesOf("/custom/path")).toBeUndefined();
  });

  it("R25 does not compare paths by their end", () => {
    expect(typesOf("/")).toEqual(["ollama"]);
    expect(typesOf("/weird/x/")).toBeUndefined();
  });

  it("lets every backend with the operation serve its usual path", () => {
    expect(typesOf("/v1/chat/completions")).toEqual([
      "docker-model-runner",
      "lemonade",
      "lm-studio",
      "ollama",
      "openai-compatible",
      "vllm",
    ]);
  });

  it("D23 lets every backend with native messages serve them", () => {
    expect(typesOf("/v1/messages")).toEqual(["docker-model-runner", "ollama", "omlx", "vllm"]);
    expect(typesOf("/v1/messages/count_tokens")).toEqual(["docker-model-runner", "vllm"]);
  });
});

describe("path operations", () => {
  it.each([
    ["/v1/chat/completions", "chat"],
    ["/chat/completions", "chat"],
    ["/api/v1/chat/completions", "chat"],
    ["/engines/llama.cpp/v1/chat/completions", "chat"],
    ["/anthropic/v1/messages", "messages"],
    ["/v1/messages/count_tokens", "count_tokens"],
    ["/anthropic/v1/messages/count_tokens", "count_tokens"],
    ["/v1/responses", "responses"],
    ["/v2/rerank", "rerank"],
    ["/tokenize", "tokenize"],
    ["/api/v1/models", "models"],
    ["/api/chat", "ollama_chat"],
    ["/api/embed", "ollama_embed"],
    ["/v1/chat/completions/vision", undefined],
    ["/api/tags", undefined],
    ["/api/embeddings", "ollama_embeddings"],
    ["/", undefined],
  ])("reads %s as %s", (path, operation) => {
    expect(table.pathOperations.get(path)).toBe(operation);
  });
});

describe("paths sent", () => {
  it.each([
    ["PV-41", "lemonade", "/v1/chat/completions", "/api/v1/chat/completions"],
    ["PV-42", "docker-model-runner", "/v1/chat/completions", "/engines/v1/chat/completions"],
    [
      "PV-49",
      "docker-model-runner",
      "/engines/llama.cpp/v1/chat/completions",
      "/engines/llama.cpp/v1/chat/completions",
    ],
    ["D23", "docker-model-runner", "/v1/messages", "/anthropic/v1/messages"],
    [
      "D23",
      "docker-model-runner",
      "/v1/messages/count_tokens",
      "/anthropic/v1/messages/count_tokens",
    ],
    ["PV-43", "ollama", "/v1/messages", "/v1/messages"],
    ["PV-41", "vllm", "/api/v1/chat/completions", "/v1/chat/completions"],
    ["RT-24", "vllm", "/custom/path", "/custom/path"],
  ])("%s %s asked for %s gets %s", (_number, type, path, sent) => {
    expect(sentPath(type, path)).toBe(sent);
  });
});
