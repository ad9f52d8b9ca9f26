import { ProxyError } from "@olla-ts/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MODEL_LIST_FORMATS, isModelListFormat } from "../profiles/profile-schema.ts";
import { parseModelList, parseModelListAuto } from "./parse-model-list.ts";

const formats = MODEL_LIST_FORMATS.filter((format) => isModelListFormat(format));

/** Replies with the field names of the real servers. */
const replies = {
  ollama: {
    models: [
      {
        name: "pine:7b",
        model: "pine:7b",
        modified_at: "2026-05-01T09:00:00Z",
        size: 4_400_000_000,
        digest: "9f1c",
        details: {
          parent_model: "",
          format: "gguf",
          family: "llama",
          families: ["llama"],
          parameter_size: "7.2B",
          quantization_level: "Q4_K_M",
          context_length: 32_768,
        },
        capabilities: ["completion", "tools"],
      },
    ],
  },
  lmstudio: {
    object: "list",
    data: [
      {
        id: "pine-7b",
        object: "model",
        type: "vlm",
        publisher: "acme",
        arch: "llama",
        compatibility_type: "gguf",
        quantization: "Q4_K_M",
        state: "loaded",
        max_context_length: 32_768,
        loaded_context_length: 8_192,
      },
    ],
  },
  vllm: {
    object: "list",
    data: [
      {
        id: "acme/pine-7b",
        object: "model",
        created: 1_767_000_000,
        owned_by: "vllm",
        root: "acme/pine-7b",
        parent: null,
        max_model_len: 32_768,
        permission: [],
      },
      { id: "pine-lora", owned_by: "vllm", root: "/adapters/pine", parent: "acme/pine-7b" },
    ],
  },
  llamacpp: {
    models: [{ name: "pine-7b-q4.gguf", model: "pine-7b-q4.gguf", capabilities: ["completion"] }],
    object: "list",
    data: [
      {
        id: "pine-7b-q4.gguf",
        object: "model",
        created: 1_767_000_000,
        owned_by: "llamacpp",
        meta: { vocab_type: 1, n_ctx_train: 32_768, n_params: 7_200_000_000, size: 4_400_000_000 },
      },
      {
        id: "fir",
        owned_by: "llamacpp",
        status: { value: "unloaded" },
        architecture: { input_modalities: ["text", "image"] },
        meta: null,
      },
    ],
  },
  lemonade: {
    object: "list",
    data: [
      {
        id: "Pine-7B-GGUF",
        created: 1_767_000_000,
        owned_by: "lemonade",
        checkpoint: "acme/pine-7b-gguf:Q4_K_M",
        recipe: "llamacpp",
        downloaded: true,
        suggested: true,
        size: 4.4,
        labels: ["tool-calling"],
        max_context_window: 32_768,
      },
      { id: "Fir-NPU", checkpoint: "fir", recipe: "oga-npu", downloaded: false },
    ],
  },
};

describe("parseModelList", () => {
  it("PV-19 PV-24 reads what Ollama says of a model, its capabilities included", () => {
    expect(parseModelList("ollama", replies.ollama)).toEqual([
      {
        name: "pine:7b",
        modifiedAt: "2026-05-01T09:00:00Z",
        sizeBytes: 4_400_000_000,
        digest: "9f1c",
        format: "gguf",
        family: "llama",
        families: ["llama"],
        parameterSize: "7.2B",
        quantization: "Q4_K_M",
        maxContextLength: 32_768,
        capabilities: ["completion", "tools"],
        type: "llm",
      },
    ]);
  });

  it.each([
    [["embedding"], "embeddings"],
    [["completion", "vision"], "vlm"],
    [["insert"], undefined],
  ])("PV-24 tells the kind of an Ollama model from %j", (capabilities, type) => {
    const [model] = parseModelList("ollama", { models: [{ name: "x", capabilities }] });
    expect(model?.type).toBe(type);
  });

  it("PV-18 skips Ollama entries without a name and keeps the others", () => {
    const models = [{ name: "a" }, { model: "b", size: 1 }, { name: "" }, null, 7, { name: "c" }];
    expect(parseModelList("ollama", { models })).toEqual([{ name: "a" }, { name: "c" }]);
  });

  it("PV-20 reads state, context, publisher and architecture of LM Studio", () => {
    expect(parseModelList("lmstudio", replies.lmstudio)).toEqual([
      {
        name: "pine-7b",
        type: "vlm",
        publisher: "acme",
        family: "llama",
        format: "gguf",
        quantization: "Q4_K_M",
        state: "loaded",
        maxContextLength: 32_768,
      },
    ]);
  });

  it("reads the newer list of LM Studio, too", () => {
    const models = [
      {
        type: "llm",
        publisher: "acme",
        key: "acme/pine-7b",
        architecture: "llama",
        quantization: { name: "Q4_K_M", bits_per_weight: 4 },
        size_bytes: 4_400_000_000,
        params_string: "7B",
        loaded_instances: [{ id: "acme/pine-7b" }],
        max_context_length: 32_768,
        format: "gguf",
        capabilities: { vision: true, trained_for_tool_use: true },
      },
      { type: "embedding", key: "fir-embed", loaded_instances: [], quantization: "F16" },
    ];
    expect(parseModelList("lmstudio", { models })).toEqual([
      {
        name: "acme/pine-7b",
        type: "vlm",
        publisher: "acme",
        family: "llama",
        format: "gguf",
        quantization: "Q4_K_M",
        sizeBytes: 4_400_000_000,
        parameterSize: "7B",
        state: "loaded",
        maxContextLength: 32_768,
        capabilities: ["vision", "tools"],
      },
      { name: "fir-embed", type: "embeddings", state: "not-loaded", quantization: "F16" },
    ]);
  });

  it("PV-21 takes vLLM's context window, and not its own name for a publisher", () => {
    expect(parseModelList("vllm", replies.vllm)).toEqual([
      { name: "acme/pine-7b", createdAt: 1_767_000_000, maxContextLength: 32_768 },
      { name: "pine-lora", parentModel: "acme/pine-7b", native: { root: "/adapters/pine" } },
    ]);
  });

  it.each([
    ["vllm", "vllm"],
    ["sglang", "sglang"],
    ["lmdeploy", "lmdeploy"],
    ["vllm-mlx", "vllm-mlx"],
    ["llamacpp", "llamacpp"],
    ["lemonade", "lemonade"],
    ["docker-model-runner", "docker"],
  ] as const)("PV-21 in the list of %s, %s is no publisher but another owner is", (format, own) => {
    const data = [
      { id: "a", owned_by: own },
      { id: "b", owned_by: "acme" },
    ];
    const publishers = parseModelList(format, { data }).map(({ publisher }) => publisher);
    expect(publishers).toEqual([undefined, "acme"]);
  });

  it.each([
    ["vllm-mlx", "mlx"],
    ["llamacpp", "gguf"],
    ["docker-model-runner", "gguf"],
    ["openai", undefined],
  ] as const)("knows that %s serves %s", (format, file) => {
    expect(parseModelList(format, { data: [{ id: "a" }] })[0]?.format).toBe(file);
  });

  it("reads OpenAI's list with owner and context window", () => {
    const data = [{ id: "pine-large", created: 5, owned_by: "openai", max_model_len: 9 }];
    expect(parseModelList("openai", { data })).toEqual([
      { name: "pine-large", createdAt: 5, publisher: "openai", maxContextLength: 9 },
    ]);
  });

  it("PV-23 reads meta and status of llama.cpp and bears a null meta", () => {
    expect(parseModelList("llamacpp", replies.llamacpp)).toEqual([
      {
        name: "pine-7b-q4.gguf",
        createdAt: 1_767_000_000,
        format: "gguf",
        maxContextLength: 32_768,
        parameterCount: 7_200_000_000,
        sizeBytes: 4_400_000_000,
      },
      { name: "fir", format: "gguf", state: "unloaded", type: "vlm", capabilities: ["vision"] },
    ]);
  });

  it("PV-22 takes publisher and format from Lemonade's checkpoint and recipe", () => {
    expect(parseModelList("lemonade", replies.lemonade)).toEqual([
      {
        name: "Pine-7B-GGUF",
        createdAt: 1_767_000_000,
        publisher: "acme",
        format: "gguf",
        state: "available",
        sizeBytes: 4_400_000_000,
        capabilities: ["tool-calling"],
        maxContextLength: 32_768,
        native: { checkpoint: "acme/pine-7b-gguf:Q4_K_M", recipe: "llamacpp", downloaded: true },
      },
      {
        name: "Fir-NPU",
        format: "onnx",
        native: { checkpoint: "fir", recipe: "oga-npu", downloaded: false },
      },
    ]);
  });

  it.each([
    [["embeddings"], "embeddings"],
    [["hot", "vision"], "vlm"],
  ])("tells the kind of a Lemonade model from the labels %j", (labels, type) => {
    expect(parseModelList("lemonade", { data: [{ id: "a", labels }] })[0]?.type).toBe(type);
  });

  it("takes a server that describes its one model for a list of one", () => {
    const info = {
      model_id: "acme/pine-embed",
      model_type: { embedding: { pooling: "cls" } },
      max_input_length: 512,
    };
    expect(parseModelList("openai", info)).toEqual([
      { name: "acme/pine-embed", type: "embeddings", maxContextLength: 512, state: "loaded" },
    ]);
  });

  it.each(formats)("PV-25 PV-26 finds no models in an empty body or list of %s", (format) => {
    for (const body of ["", " \n", new Uint8Array(), "{}", { data: [], models: [] }]) {
      expect(parseModelList(format, body)).toEqual([]);
    }
    expect(parseModelList(format, { data: null, models: null })).toEqual([]);
  });

  it.each(formats)("reads text, bytes and objects of %s alike", (format) => {
    const object = { models: [{ name: "é" }], data: [{ id: "é" }] };
    const text = JSON.stringify(object);
    const models = parseModelList(format, object);
    expect(models).toHaveLength(1);
    expect(parseModelList(format, text)).toEqual(models);
    expect(parseModelList(format, new TextEncoder().encode(text))).toEqual(models);
  });

  it.each(["<html>", "[]", "null", "7", '{"data":[', [], null, undefined, 7])(
    "refuses %j, which is no JSON object",
    (body) => {
      const codeOf = (): string => {
        try {
          parseModelList("openai", body);
          return "none";
        } catch (error) {
          return error instanceof ProxyError ? error.code : "other";
        }
      };
      expect(codeOf()).toBe("upstream_protocol");
    },
  );

  it("bears any value in any field", () => {
    const field = fc.constantFrom(
      "id",
      "name",
      "key",
      "meta",
      "details",
      "labels",
      "size",
      "capabilities",
      "checkpoint",
      "status",
    );
    const entries = fc.array(fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue())));
    fc.assert(
      fc.property(fc.constantFrom(...formats), entries, (format, list) => {
        const models = parseModelList(format, { data: list, models: list });
        expect(models.every(({ name }) => typeof name === "string" && name !== "")).toBe(true);
      }),
    );
  });
});

describe("parseModelListAuto", () => {
  it.each(Object.entries(replies))("recognises the list of %s", (format, reply) => {
    if (!isModelListFormat(format)) throw new Error(`${format} is no format`);
    expect(parseModelListAuto(reply)).toEqual({ format, models: parseModelList(format, reply) });
  });

  it.each([
    ["openai", { data: [{ id: "a", owned_by: "acme" }] }],
    ["openai", { data: [] }],
    ["openai", { model_id: "a" }],
    ["sglang", { data: [{ id: "a", owned_by: "sglang" }] }],
    ["docker-model-runner", { data: [{ id: "a", owned_by: "docker" }] }],
    ["lmstudio", { models: [{ key: "a" }] }],
    ["ollama", { models: [] }],
  ])("recognises %s", (format, reply) => {
    expect(parseModelListAuto(reply).format).toBe(format);
  });

  it.each(["", "{}", { models: null }, { data: "x" }, "[]"])("refuses %j", (body) => {
    expect(() => parseModelListAuto(body)).toThrow(ProxyError);
  });
});
