import type { Model } from "@olla-ts/core";
import type { CatalogueModel, CatalogueSource } from "@olla-ts/core/ports";
import { makeEndpoint } from "@olla-ts/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseModelList } from "../model-list/parse-model-list.ts";
import { isModelListFormat } from "../profiles/profile-schema.ts";
import { formatModelList, isModelListShape, MODEL_LIST_SHAPES } from "./format-model-list.ts";

const SEEN = Date.UTC(2026, 4, 1, 9);
const CREATED = SEEN / 1_000;

function sourceOf(type: string, model: Model, state = "available"): CatalogueSource {
  return { endpoint: makeEndpoint({ type, name: `${type}-a` }), model, state };
}

function catalogueModel(id: string, over: Partial<CatalogueModel> = {}): CatalogueModel {
  return {
    id,
    slot: 0,
    aliases: [id],
    family: "",
    variant: "",
    publisher: "",
    parameterSize: "",
    parameterCount: 0,
    quantization: "",
    format: "",
    maxContextLength: undefined,
    capabilities: [],
    diskBytes: 0,
    sources: [sourceOf("openai-compatible", { name: id })],
    firstSeenAt: SEEN,
    lastSeenAt: SEEN,
    ...over,
  };
}

const pine = catalogueModel("pine:7b", {
  aliases: ["pine:latest", "pine:7b"],
  family: "llama",
  variant: "3.1",
  publisher: "acme",
  parameterSize: "7.2b",
  parameterCount: 7_200_000_000,
  quantization: "q4km",
  format: "gguf",
  maxContextLength: 32_768,
  capabilities: ["text-generation", "vision"],
  diskBytes: 4_660_000_000,
  sources: [
    sourceOf(
      "ollama",
      {
        name: "pine:7b",
        sizeBytes: 4_400_000_000,
        digest: "9f1c",
        modifiedAt: "2026-04-01T00:00:00Z",
        quantization: "Q4_K_M",
        parameterSize: "7.2B",
        family: "llama",
        capabilities: ["completion"],
      },
      "loaded",
    ),
  ],
});
const fir = catalogueModel("acme/fir");

/** `data` of a list, with the fields under test. */
function dataOf(shape: string, models: readonly CatalogueModel[]): unknown {
  if (!isModelListShape(shape)) throw new Error(`${shape} is no shape`);
  return formatModelList(shape, models)["data"];
}

describe("formatModelList", () => {
  it("PV-51 knows the shapes and refuses others", () => {
    expect(MODEL_LIST_SHAPES).toEqual([
      "anthropic",
      "docker-model-runner",
      "lemonade",
      "llamacpp",
      "lmdeploy",
      "lmstudio",
      "ollama",
      "openai",
      "sglang",
      "unified",
      "vllm",
      "vllm-mlx",
    ]);
    expect(["bogus", "OpenAI", "toString", ""].filter(isModelListShape)).toEqual([]);
  });

  it("PV-51 writes the unified shape with all that is known", () => {
    expect(formatModelList("unified", [pine, fir])).toEqual({
      object: "list",
      data: [
        {
          id: "acme/fir",
          object: "model",
          created: CREATED,
          owned_by: "olla",
          olla: {
            family: "",
            variant: "",
            parameter_size: "",
            quantization: "",
            aliases: ["acme/fir"],
            availability: [{ endpoint: "openai-compatible-a", state: "available" }],
            capabilities: [],
          },
        },
        {
          id: "pine:7b",
          object: "model",
          created: CREATED,
          owned_by: "olla",
          olla: {
            family: "llama",
            variant: "3.1",
            parameter_size: "7.2b",
            quantization: "q4km",
            aliases: ["pine:7b", "pine:latest"],
            availability: [{ endpoint: "ollama-a", state: "loaded" }],
            capabilities: ["text-generation", "vision"],
            max_context_length: 32_768,
          },
        },
      ],
    });
  });

  it("PV-51 writes OpenAI's four fields", () => {
    expect(formatModelList("openai", [fir])).toEqual({
      object: "list",
      data: [{ id: "acme/fir", object: "model", created: CREATED, owned_by: "olla" }],
    });
  });

  it("PV-37 PV-51 lists only what Ollama endpoints list, in Ollama's shape", () => {
    expect(formatModelList("ollama", [fir, pine])).toEqual({
      models: [
        {
          name: "pine:7b",
          model: "pine:7b",
          modified_at: "2026-04-01T00:00:00Z",
          size: 4_400_000_000,
          digest: "9f1c",
          details: {
            parent_model: "",
            format: "gguf",
            family: "llama",
            families: ["llama"],
            parameter_size: "7.2B",
            quantization_level: "Q4_K_M",
          },
          capabilities: ["completion"],
        },
      ],
    });
  });

  it("lists every name that Ollama endpoints give one model, once each", () => {
    const twice = catalogueModel("b", {
      sources: ["b", "a", "b"].map((name) => sourceOf("ollama", { name })),
    });
    const { models } = formatModelList("ollama", [twice]);
    expect(models).toMatchObject([
      { name: "a", modified_at: "2026-05-01T09:00:00Z", size: 0, digest: "" },
      { name: "b" },
    ]);
  });

  it("PV-51 lists only what LM Studio endpoints list, kind and state as reported", () => {
    const model = catalogueModel("x", {
      sources: [
        sourceOf("lm-studio", {
          name: "pine-vl",
          type: "vlm",
          publisher: "acme",
          family: "llama",
          format: "gguf",
          quantization: "Q4_K_M",
          state: "loaded",
          maxContextLength: 4_096,
        }),
      ],
    });
    expect(formatModelList("lmstudio", [model, pine])).toEqual({
      object: "list",
      data: [
        {
          id: "pine-vl",
          object: "model",
          type: "vlm",
          publisher: "acme",
          arch: "llama",
          compatibility_type: "gguf",
          quantization: "Q4_K_M",
          state: "loaded",
          max_context_length: 4_096,
        },
      ],
    });
  });

  it("leaves out what LM Studio did not report", () => {
    const model = catalogueModel("x", { sources: [sourceOf("lm-studio", { name: "x" })] });
    expect(dataOf("lmstudio", [model])).toEqual([
      { id: "x", object: "model", type: "llm", state: "not-loaded" },
    ]);
  });

  it("PV-51 writes vLLM's shape with a permission of twelve fields", () => {
    const listed = { name: "pine:7b", parentModel: "oak", native: { root: "/pine" } };
    const model = { ...pine, sources: [...pine.sources, sourceOf("vllm", listed)] };
    expect(dataOf("vllm", [model])).toEqual([
      {
        id: "pine:7b",
        object: "model",
        created: CREATED,
        owned_by: "acme",
        root: "/pine",
        parent: "oak",
        max_model_len: 32_768,
        permission: [
          {
            id: expect.stringMatching(/^modelperm-olla-[0-9a-f]{8}$/),
            object: "model_permission",
            created: CREATED,
            allow_create_engine: false,
            allow_sampling: true,
            allow_logprobs: true,
            allow_search_indices: false,
            allow_view: true,
            allow_fine_tuning: false,
            organization: "*",
            group: null,
            is_blocking: false,
          },
        ],
      },
    ]);
  });

  it("PV-51 writes LMDeploy's shape as vLLM's without the context window", () => {
    expect(dataOf("lmdeploy", [pine])).toEqual([
      {
        id: "pine:7b",
        object: "model",
        created: CREATED,
        owned_by: "acme",
        root: "pine:7b",
        permission: [expect.objectContaining({ object: "model_permission" })],
      },
    ]);
  });

  it("PV-51 writes SGLang's shape and says which models see", () => {
    expect(dataOf("sglang", [pine, fir])).toEqual([
      { id: "acme/fir", object: "model", created: CREATED, owned_by: "acme", root: "acme/fir" },
      {
        id: "pine:7b",
        object: "model",
        created: CREATED,
        owned_by: "acme",
        root: "pine:7b",
        max_model_len: 32_768,
        supports_vision: true,
      },
    ]);
  });

  it("PV-51 writes llama.cpp's shape, without meta where nothing is known", () => {
    expect(formatModelList("llamacpp", [pine, fir])).toEqual({
      object: "list",
      data: [
        { id: "acme/fir", object: "model", created: CREATED, owned_by: "acme" },
        {
          id: "pine:7b",
          object: "model",
          created: CREATED,
          owned_by: "acme",
          meta: { n_ctx_train: 32_768, n_params: 7_200_000_000, size: 4_400_000_000 },
        },
      ],
      models: null,
    });
  });

  it("PV-40 PV-51 writes Lemonade's shape with its own checkpoint and recipe", () => {
    const native = { checkpoint: "acme/pine:Q4", recipe: "oga-npu", downloaded: false };
    const own = catalogueModel("Pine", {
      sources: [sourceOf("lemonade", { name: "Pine", native })],
    });
    const onnx = catalogueModel("Oak", { format: "onnx" });
    expect(dataOf("lemonade", [own, onnx, pine])).toMatchObject([
      { id: "Oak", owned_by: "lemonade", checkpoint: "Oak", recipe: "oga-cpu", downloaded: true },
      { id: "Pine", owned_by: "lemonade", ...native },
      { id: "pine:7b", owned_by: "acme", recipe: "llamacpp" },
    ]);
  });

  it.each([
    ["docker-model-runner", "docker"],
    ["vllm-mlx", "vllm-mlx"],
    ["vllm", "vllm"],
    ["lmdeploy", "lmdeploy"],
    ["sglang", "sglang"],
    ["llamacpp", "llamacpp"],
  ])("PV-40 names in %s the organisation, else the publisher, else %s", (shape, server) => {
    const models = [fir, catalogueModel("oak"), pine];
    expect(dataOf(shape, models)).toMatchObject([
      { id: "acme/fir", owned_by: "acme" },
      { id: "oak", owned_by: server },
      { id: "pine:7b", owned_by: "acme" },
    ]);
  });

  it("HP-61 writes Anthropic's shape with the first and last id", () => {
    expect(formatModelList("anthropic", [pine, fir])).toEqual({
      data: [
        {
          type: "model",
          id: "acme/fir",
          display_name: "acme/fir",
          created_at: "2026-05-01T09:00:00Z",
        },
        {
          type: "model",
          id: "pine:7b",
          display_name: "pine:7b",
          created_at: "2026-05-01T09:00:00Z",
        },
      ],
      has_more: false,
      first_id: "acme/fir",
      last_id: "pine:7b",
    });
    expect(formatModelList("anthropic", [])).toEqual({
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
    });
  });

  it("PV-52 gives the same bytes whatever the order of models", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 });
    const shapes = MODEL_LIST_SHAPES.filter(isModelListShape);
    fc.assert(
      fc.property(fc.constantFrom(...shapes), names, (shape, ids) => {
        const models = ids.map((id) => catalogueModel(id));
        const once = JSON.stringify(formatModelList(shape, models));
        expect(JSON.stringify(formatModelList(shape, models.toReversed()))).toBe(once);
      }),
    );
  });

  it.each(MODEL_LIST_SHAPES.filter(isModelListFormat))(
    "writes a %s list that our own reader of that format understands",
    (format) => {
      const type = format === "lmstudio" ? "lm-studio" : format;
      const model = { ...pine, sources: [sourceOf(type, { name: "pine:7b" })] };
      const names = parseModelList(format, formatModelList(format, [model])).map(
        ({ name }) => name,
      );
      expect(names).toEqual(["pine:7b"]);
    },
  );
});
