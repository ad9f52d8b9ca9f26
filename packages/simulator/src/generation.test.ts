import { describe, expect, it } from "vitest";

import { planGeneration } from "./generation.ts";
import { type ModelScript, toModel } from "./model.ts";

const plan = (script: Partial<ModelScript>, request = {}) =>
  planGeneration(toModel({ id: "pine:7b", ...script }, "a"), { promptTokens: 1, ...request });

describe("planGeneration", () => {
  it("gives back the reply word by word, spaces kept", () => {
    const generation = plan({ reply: " one  two\nthree " });
    expect(generation.completionTokens).toBe(3);
    expect(generation.textOf("text")).toBe(" one  two\nthree ");
  });

  it("repeats the reply until the wanted number of tokens", () => {
    const generation = plan({ reply: "a b", tokens: 5 });
    expect(generation.textOf("text")).toBe("a b a b a");
    expect(generation.finish).toBe("stop");
  });

  it("cuts at the request's limit and says so", () => {
    const generation = plan({ reply: "a b c" }, { maxTokens: 2 });
    expect(generation.textOf("text")).toBe("a b");
    expect(generation.finish).toBe("length");
  });

  it("puts thinking first and counts it", () => {
    const generation = plan({ reasoning: "let me see", reply: "yes" });
    expect(generation.tokenAt(0)).toEqual({ kind: "reasoning", text: "let" });
    expect(generation.tokenAt(3)).toEqual({ kind: "text", text: "yes" });
    expect(generation).toMatchObject({ completionTokens: 4, reasoningTokens: 3 });
  });

  it("answers nothing when the reply is empty", () => {
    expect(plan({ reply: "", tokens: 9 }).completionTokens).toBe(0);
  });

  describe("with a scripted tool call", () => {
    const toolCall = { name: "look_up", arguments: { town: "Graz", days: 3 } };

    it("calls the tool when the request offers it", () => {
      const generation = plan({ toolCall }, { toolNames: ["other", "look_up"] });
      expect(generation.finish).toBe("tool-call");
      expect(JSON.parse(generation.textOf("tool"))).toEqual(toolCall.arguments);
    });

    it.each([
      { reason: "the tool is not offered", request: { toolNames: ["other"] } },
      {
        reason: "the tool's result is there",
        request: { toolNames: ["look_up"], answersToolResult: true },
      },
    ])("replies in words when $reason", ({ request }) => {
      const generation = plan({ toolCall, reply: "It is mild." }, request);
      expect(generation.toolCall).toBeUndefined();
      expect(generation.textOf("text")).toBe("It is mild.");
    });
  });
});

describe("toModel", () => {
  it("reads size and family from the id", () => {
    expect(toModel("qwen2.5:1.5b", "a")).toMatchObject({
      family: "qwen",
      parameterSize: "1.5B",
      sizeBytes: 900_000_000,
      isEmbedding: false,
    });
  });

  it("names model and backend in the default reply", () => {
    expect(toModel("pine", "left").reply.join("")).toBe(
      "This is a simulated answer of pine, served by the backend left.",
    );
  });

  it("keeps what the script says", () => {
    const script = { id: "x", digest: "d", family: "f", quantization: "Q8_0", contextLength: 5 };
    expect(toModel(script, "a")).toMatchObject(script);
  });
});
