import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { builtInProfiles } from "./built-in-profiles.ts";
import { readProfile } from "./read-profile.ts";

const FOLDER = new URL("../../profiles/", import.meta.url);

const known = [
  { type: "ollama", health: "/", models: "/api/tags", format: "ollama", priority: 100 },
  {
    type: "lm-studio",
    health: "/v1/models",
    models: "/api/v0/models",
    format: "lmstudio",
    priority: 90,
  },
  { type: "vllm", health: "/health", models: "/v1/models", format: "vllm", priority: 80 },
  { type: "vllm-mlx", health: "/health", models: "/v1/models", format: "vllm-mlx", priority: 85 },
  { type: "sglang", health: "/health", models: "/v1/models", format: "sglang", priority: 85 },
  { type: "llamacpp", health: "/health", models: "/v1/models", format: "llamacpp", priority: 95 },
  {
    type: "lemonade",
    health: "/api/v1/health",
    models: "/api/v1/models",
    format: "lemonade",
    priority: 75,
  },
  {
    type: "litellm",
    health: "/health/liveliness",
    models: "/v1/models",
    format: "openai",
    priority: 95,
  },
  { type: "lmdeploy", health: "/health", models: "/v1/models", format: "lmdeploy", priority: 82 },
  {
    type: "docker-model-runner",
    health: "/engines/v1/models",
    models: "/engines/v1/models",
    format: "docker-model-runner",
    priority: 95,
  },
  { type: "omlx", health: "/health", models: "/v1/models", format: "openai", priority: 75 },
  {
    type: "openai-compatible",
    health: "/v1/models",
    models: "/v1/models",
    format: "openai",
    priority: 50,
  },
];

const further = [
  { type: "tgi", health: "/health", models: "/v1/models", ports: [3000] },
  { type: "tei", health: "/health", models: "/info", ports: [3000] },
  { type: "localai", health: "/readyz", models: "/v1/models", ports: [8080] },
  { type: "koboldcpp", health: "/api/extra/version", models: "/v1/models", ports: [5001] },
  { type: "tabbyapi", health: "/health", models: "/v1/models", ports: [5000] },
  {
    type: "text-generation-webui",
    health: "/v1/internal/health",
    models: "/v1/models",
    ports: [5000],
  },
  { type: "jan", health: "/healthz", models: "/v1/models", ports: [1337] },
  { type: "gpustack", health: "/healthz", models: "/v1/models", ports: [80, 30_080] },
  { type: "mlx-lm", health: "/health", models: "/v1/models", ports: [8080] },
  { type: "trt-llm", health: "/health", models: "/v1/models", ports: [8000] },
  { type: "triton", health: "/health/ready", models: "/v1/models", ports: [9000] },
  { type: "llama-swap", health: "/health", models: "/v1/models", ports: [8080] },
  { type: "llamafile", health: "/health", models: "/v1/models", ports: [8080] },
  { type: "infinity", health: "/health", models: "/models", ports: [7997] },
];

describe("builtInProfiles", () => {
  it.each(known)(
    "PV-1 PV-8 has $type with its probe, list, format and priority",
    ({ type, health, models, format, priority }) => {
      expect(builtInProfiles().get(type)).toMatchObject({
        type,
        healthPath: health,
        modelsPath: models,
        modelListFormat: format,
        defaultPriority: priority,
        openaiCompatible: true,
      });
    },
  );

  it.each(further)("PV-68 has $type with its facts", ({ type, health, models, ports }) => {
    expect(builtInProfiles().get(type)).toMatchObject({
      healthPath: health,
      modelsPath: models,
      defaultPorts: ports,
    });
  });

  it("has no other profiles than those", () => {
    const types = ["anthropic", ...[...known, ...further].map(({ type }) => type)];
    expect([...builtInProfiles().keys()].toSorted()).toEqual(types.toSorted());
  });

  it.each(readdirSync(FOLDER))("keeps %s within the schema, without a warning", (file) => {
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    expect(readProfile(text, file)).toMatchObject({
      problems: [],
      document: { name: file.replace(/\.yaml$/, "") },
    });
  });

  it("PV-64 probes LiteLLM where no model is called", () => {
    expect(builtInProfiles().get("litellm")?.healthPath).toBe("/health/liveliness");
  });

  it.each([
    { type: "ollama", path: "/v1/messages", count: undefined },
    { type: "vllm", path: "/v1/messages", count: "/v1/messages/count_tokens" },
    { type: "sglang", path: "/v1/messages", count: "/v1/messages/count_tokens" },
    {
      type: "docker-model-runner",
      path: "/anthropic/v1/messages",
      count: "/anthropic/v1/messages/count_tokens",
    },
    { type: "openai-compatible", path: undefined, count: undefined },
    { type: "llamafile", path: undefined, count: undefined },
  ])("sends Anthropic messages of $type to $path", ({ type, path, count }) => {
    const profile = builtInProfiles().get(type);
    expect(profile?.anthropic?.messagesPath).toBe(path);
    expect(profile?.operations.messages).toBe(path);
    expect(profile?.operations.count_tokens).toBe(count);
  });

  it.each([
    { type: "lemonade", chat: "/api/v1/chat/completions" },
    { type: "docker-model-runner", chat: "/engines/v1/chat/completions" },
    { type: "litellm", chat: "/v1/chat/completions" },
    { type: "infinity", chat: undefined },
  ])("PV-41 PV-42 maps the chat of $type to $chat", ({ type, chat }) => {
    expect(builtInProfiles().get(type)?.operations.chat).toBe(chat);
  });

  it("maps Ollama's own calls and the OpenAI ones side by side", () => {
    expect(builtInProfiles().get("ollama")?.operations).toMatchObject({
      ollama_chat: "/api/chat",
      ollama_generate: "/api/generate",
      ollama_embed: "/api/embed",
      embeddings: "/v1/embeddings",
      models: "/v1/models",
    });
  });

  it("has Anthropic as a server that speaks nothing but its own API", () => {
    const profile = builtInProfiles().get("anthropic");
    expect(profile).toMatchObject({
      prefixes: ["anthropic-api"],
      openaiCompatible: false,
      healthPath: "/v1/models",
      modelsPath: "/v1/models?limit=1000",
      modelListFormat: "openai",
      operations: {
        messages: "/v1/messages",
        count_tokens: "/v1/messages/count_tokens",
        models: "/v1/models",
      },
    });
    expect(profile?.operations.chat).toBeUndefined();
  });

  it("gives llamafile what llama.cpp has, except its name and prefixes", () => {
    expect(builtInProfiles().get("llamafile")).toMatchObject({
      prefixes: ["llamafile"],
      aliases: [],
      modelListFormat: "llamacpp",
      paths: builtInProfiles().get("llamacpp")?.paths,
    });
  });
});
