import { describe, expect, it } from "vitest";

import { parseGenerateRequest, writeGenerateRequest } from "./generate-request.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";

describe("parseGenerateRequest", () => {
  it("TR-68 reads prompt, system and images as a chat of one turn", () => {
    expect(
      parseGenerateRequest({
        model: "pine:7b",
        prompt: "What is this?",
        system: "Be brief.",
        images: [PNG],
        options: { num_predict: 9 },
      }),
    ).toMatchObject({
      model: "pine:7b",
      system: ["Be brief."],
      stream: true,
      maxTokens: 9,
      messages: [
        {
          role: "user",
          parts: [
            { type: "image", source: { kind: "base64", mediaType: "image/png", data: PNG } },
            { type: "text", text: "What is this?" },
          ],
        },
      ],
    });
  });

  it("names the template and the context of an earlier answer", () => {
    const body = { model: "m", prompt: "x", template: "{{ .Prompt }}", context: [1, 2] };
    expect(parseGenerateRequest(body).dropped).toEqual(["template", "context"]);
  });

  it.each([
    { body: { model: "m" }, message: "prompt: must not be empty" },
    { body: { prompt: "x" }, message: "model: is required" },
    {
      body: { model: "m", prompt: "x", raw: true },
      message: "raw, suffix: cannot be turned into a chat",
    },
    {
      body: { model: "m", prompt: "x", suffix: "y" },
      message: "raw, suffix: cannot be turned into a chat",
    },
    { body: [], message: "The body must be a JSON object." },
  ])("refuses a body with $message", ({ body, message }) => {
    expect(() => parseGenerateRequest(body)).toThrow(message);
  });
});

describe("writeGenerateRequest", () => {
  const conversation = parseGenerateRequest({
    model: "pine:7b",
    prompt: "Hello",
    system: "Be brief.",
    images: [PNG],
    stream: false,
  });

  it("writes the one turn as a prompt", () => {
    expect(writeGenerateRequest(conversation)).toEqual({
      body: {
        model: "pine:7b",
        system: "Be brief.",
        prompt: "Hello",
        images: [PNG],
        stream: false,
        options: { temperature: 1, top_p: 1 },
      },
      dropped: [],
    });
  });

  it("refuses more than one turn", () => {
    const messages = [...conversation.messages, ...conversation.messages];
    expect(() => writeGenerateRequest({ ...conversation, messages })).toThrow(
      "messages: this endpoint generates from one user message only",
    );
  });

  it("refuses tools, unless none may be called", () => {
    const tool = { name: "f", description: undefined, parameters: undefined, strict: undefined };
    expect(() => writeGenerateRequest({ ...conversation, tools: [tool] })).toThrow(
      "tools: this endpoint generates text without tools",
    );
    const silent = { ...conversation, tools: [tool], toolChoice: { type: "none" } } as const;
    expect(writeGenerateRequest(silent).body).not.toHaveProperty("tools");
  });
});
