import { createHash } from "node:crypto";

import type { Model } from "@olla-ts/core";
import type { CatalogueModel, CatalogueSource } from "@olla-ts/core/ports";
import { makeCatalogueModel, makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import {
  writeOllamaPs,
  writeOllamaShow,
  writeOllamaTags,
  writeOllamaVersion,
} from "./side-routes.ts";

function makeSource(model: Partial<Model>, state = "unknown"): CatalogueSource {
  return { endpoint: makeEndpoint(), model: { name: "pine:7b", ...model }, state };
}

const PINE: CatalogueModel = makeCatalogueModel({
  id: "pine:7b",
  family: "llama",
  parameterSize: "7b",
  parameterCount: 7_200_000_000,
  quantization: "q4km",
  format: "gguf",
  maxContextLength: 32_768,
  capabilities: ["chat", "completion", "function-calling", "text-generation", "tools", "vision"],
  sources: [
    makeSource({}),
    makeSource(
      {
        sizeBytes: 4_400_000_000,
        digest: "9f86d081",
        modifiedAt: "2026-04-01T00:00:00Z",
        family: "llama",
        families: ["llama"],
        parameterSize: "7.2B",
        quantization: "Q4_K_M",
        format: "gguf",
        capabilities: ["completion", "tools", "insert"],
      },
      "loaded",
    ),
  ],
});

/** As a server lists it that tells the name and nothing else. */
const BARE: CatalogueModel = makeCatalogueModel({
  id: "acme/oak",
  aliases: ["acme/oak", "Oak:latest"],
  capabilities: ["text-generation"],
  sources: [makeSource({ name: "acme/oak" })],
  firstSeenAt: Date.UTC(2026, 4, 1),
});

const EMBED = makeCatalogueModel({ id: "moss", capabilities: ["embeddings", "similarity"] });
const RERANK = makeCatalogueModel({ id: "fern", capabilities: ["reranking", "text-generation"] });

function listed(body: unknown): readonly { name: string }[] {
  return (body as { models: readonly { name: string }[] }).models;
}

describe("GET /api/tags", () => {
  it("TR-68 describes a model as its endpoints do", () => {
    expect(listed(writeOllamaTags([PINE]))).toEqual([
      {
        name: "pine:7b",
        model: "pine:7b",
        modified_at: "2026-04-01T00:00:00Z",
        size: 4_400_000_000,
        digest: "9f86d081",
        details: {
          parent_model: "",
          format: "gguf",
          family: "llama",
          families: ["llama"],
          parameter_size: "7.2B",
          quantization_level: "Q4_K_M",
          context_length: 32_768,
        },
        capabilities: ["completion", "tools", "vision", "insert"],
      },
    ]);
  });

  it("gives size 0 and the name's hash where nothing is known", () => {
    const digest = createHash("sha256").update("acme/oak").digest("hex");
    expect(listed(writeOllamaTags([BARE]))).toMatchObject([
      {
        size: 0,
        digest,
        modified_at: "2026-05-01T00:00:00.000Z",
        details: { family: "", families: [], parameter_size: "", quantization_level: "" },
        capabilities: ["completion"],
      },
    ]);
  });

  it("lists what chats or embeds, in the catalogue's order", () => {
    const models = listed(writeOllamaTags([EMBED, RERANK, PINE]));
    expect(models.map(({ name }) => name)).toEqual(["moss", "pine:7b"]);
    expect(models[0]).toMatchObject({ capabilities: ["embedding"] });
  });

  it("lists a model of another kind that also chats", () => {
    const model = { ...RERANK, capabilities: ["chat", "image"] };
    expect(listed(writeOllamaTags([model]))).toHaveLength(1);
  });
});

describe("GET /api/ps", () => {
  it("TR-68 lists the models that some endpoint has loaded", () => {
    expect(listed(writeOllamaPs([BARE, PINE]))).toMatchObject([
      {
        name: "pine:7b",
        model: "pine:7b",
        size: 4_400_000_000,
        digest: "9f86d081",
        details: { family: "llama" },
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        size_vram: 0,
        context_length: 32_768,
      },
    ]);
  });
});

describe("POST /api/show", () => {
  it("TR-68 tells details, context length and capabilities", () => {
    expect(writeOllamaShow([BARE, PINE], { model: "pine:7b" })).toEqual({
      modelfile: "",
      parameters: "",
      template: "",
      details: expect.objectContaining({ family: "llama", quantization_level: "Q4_K_M" }),
      model_info: {
        "general.architecture": "llama",
        "general.basename": "pine:7b",
        "general.parameter_count": 7_200_000_000,
        "llama.context_length": 32_768,
      },
      capabilities: ["completion", "tools", "vision", "insert"],
      modified_at: "2026-04-01T00:00:00Z",
    });
  });

  it.each(["acme/oak", "ACME/Oak", "acme/oak:latest", "oak", "oak:LATEST"])(
    "finds a model by the name %s",
    (name) => {
      expect(writeOllamaShow([PINE, BARE], { name })).toMatchObject({
        model_info: { "general.architecture": "unknown", "general.basename": "acme/oak" },
      });
    },
  );

  it("TR-70 refuses an unknown model in Ollama's words, with 404", () => {
    expect(() => writeOllamaShow([PINE], { model: "elm" })).toThrow(
      expect.objectContaining({
        code: "model_not_found",
        status: 404,
        message: "model 'elm' not found",
      }),
    );
  });

  it.each([{}, { model: "" }, [], null])("refuses the body %j", (body) => {
    expect(() => writeOllamaShow([PINE], body)).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});

describe("GET /api/version", () => {
  it("TR-68 tells a version that clients can compare", () => {
    expect(writeOllamaVersion()).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  });
});
