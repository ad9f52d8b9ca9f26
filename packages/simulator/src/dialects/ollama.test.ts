import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type SimulatedBackend, startBackend } from "../backend.ts";
import { embedText } from "../embedding.ts";

let backend: SimulatedBackend;
let nowMs = 1_800_000_000_000;

beforeAll(async () => {
  backend = await startBackend({
    kind: "ollama",
    name: "a",
    now: () => (nowMs += 10),
    models: [
      { id: "pine:latest", reply: "one two" },
      { id: "deep:7b", reasoning: "hm", reply: "yes" },
      { id: "caller:7b", toolCall: { name: "look_up", arguments: { town: "Graz", days: 12 } } },
      { id: "embedder:latest", embeddingDimensions: 3 },
    ],
  });
});
afterAll(() => backend.kill());

const tools = [{ type: "function", function: { name: "look_up" } }];

async function post(path: string, body: object): Promise<Response> {
  return fetch(`${backend.url}${path}`, { method: "POST", body: JSON.stringify(body) });
}

interface Line {
  readonly done: boolean;
  readonly response?: string;
  readonly message?: { readonly content: string; readonly tool_calls?: readonly object[] };
  readonly total_duration?: number;
  readonly prompt_eval_duration?: number;
  readonly eval_duration?: number;
}

interface ModelList {
  readonly models: readonly {
    readonly name: string;
    readonly size: number;
    readonly size_vram: number;
    readonly capabilities: readonly string[];
  }[];
}

async function lines(response: Response): Promise<readonly Line[]> {
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  return (await response.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

async function listModels(path: string): Promise<ModelList> {
  return JSON.parse(await (await fetch(`${backend.url}${path}`)).text());
}

describe("/api/chat", () => {
  const messages = [{ role: "user", content: "how are you" }];

  it("streams lines by default, the last one with counts and durations", async () => {
    const answer = await lines(await post("/api/chat", { model: "pine", messages }));
    expect(answer.map(({ message, done }) => [message?.content, done])).toEqual([
      ["one", false],
      [" two", false],
      ["", true],
    ]);
    const last = answer.at(-1);
    expect(last).toMatchObject({
      model: "pine:latest",
      done_reason: "stop",
      prompt_eval_count: 3,
      eval_count: 2,
    });
    const { prompt_eval_duration: prompt = 0, eval_duration: rest = 0 } = last ?? {};
    expect(prompt).toBeGreaterThan(0);
    expect(prompt + rest).toBe(last?.total_duration);
  });

  it("answers in one piece when stream is false", async () => {
    const body = { model: "deep:7b", messages, stream: false };
    expect(await (await post("/api/chat", body)).json()).toMatchObject({
      message: { role: "assistant", content: "yes", thinking: "hm" },
      done: true,
      eval_count: 2,
    });
  });

  it("stops at num_predict", async () => {
    const body = { model: "pine", messages, stream: false, options: { num_predict: 1 } };
    expect(await (await post("/api/chat", body)).json()).toMatchObject({
      message: { content: "one" },
      done_reason: "length",
    });
  });

  it.each([true, false])("sends a tool call whole, stream %s", async (stream) => {
    const response = await post("/api/chat", { model: "caller:7b", messages, tools, stream });
    const answer = stream ? (await lines(response))[0] : await response.json();
    expect(answer).toMatchObject({
      message: {
        tool_calls: [{ function: { name: "look_up", arguments: { town: "Graz", days: 12 } } }],
      },
    });
  });

  it("streams thinking in its own field", async () => {
    const [first] = await lines(await post("/api/chat", { model: "deep:7b", messages }));
    expect(first?.message).toMatchObject({ content: "", thinking: "hm" });
  });

  it("names an unknown model in a plain error text", async () => {
    const response = await post("/api/chat", { model: "fir", messages });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: "model 'fir' not found" });
  });
});

describe("/api/generate", () => {
  it("streams flat lines", async () => {
    const answer = await lines(await post("/api/generate", { model: "pine", prompt: "go on" }));
    expect(answer.map(({ response }) => response)).toEqual(["one", " two", ""]);
    expect(answer.at(-1)).toMatchObject({ done: true, prompt_eval_count: 2 });
  });
});

describe("embeddings", () => {
  it("/api/embed takes several texts", async () => {
    const response = await post("/api/embed", { model: "embedder", input: ["x", "y z"] });
    expect(await response.json()).toMatchObject({
      embeddings: [Array.from(embedText("x", 3)), Array.from(embedText("y z", 3))],
      prompt_eval_count: 3,
    });
  });

  it("/api/embeddings takes one prompt", async () => {
    const response = await post("/api/embeddings", { model: "embedder", prompt: "x" });
    expect(await response.json()).toEqual({ embedding: Array.from(embedText("x", 3)) });
  });
});

describe("models", () => {
  it("/api/tags lists details and capabilities", async () => {
    const { models } = await listModels("/api/tags");
    expect(models.map(({ name, capabilities }) => [name, capabilities])).toEqual([
      ["pine:latest", ["completion"]],
      ["deep:7b", ["completion", "thinking"]],
      ["caller:7b", ["completion", "tools"]],
      ["embedder:latest", ["embedding"]],
    ]);
    expect(models[0]).toMatchObject({
      model: "pine:latest",
      details: { format: "gguf", parameter_size: "7B", quantization_level: "Q4_K_M" },
    });
  });

  it("/api/ps counts every model as loaded", async () => {
    const { models } = await listModels("/api/ps");
    expect(models).toHaveLength(4);
    expect(models[0]?.size_vram).toBe(models[0]?.size);
  });

  it.each([{ model: "pine" }, { name: "pine:latest" }])("/api/show takes %o", async (body) => {
    const response = await post("/api/show", body);
    expect(await response.json()).toMatchObject({ model_info: { "pine.context_length": 32_768 } });
  });

  it("the OpenAI paths report errors in OpenAI's shape", async () => {
    const response = await post("/v1/chat/completions", { model: "fir", messages: [] });
    expect(await response.json()).toMatchObject({ error: { code: "model_not_found" } });
  });
});
