import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Usage } from "../reply.ts";
import { UsageTail } from "./usage-tail.ts";

function usageOf(text: string, chunkBytes = 1_000): Usage | undefined {
  const tail = new UsageTail();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    tail.push(bytes.subarray(at, at + chunkBytes));
  }
  return tail.usage();
}

function makeUsage(over: Partial<Usage> = {}): Usage {
  return { inputTokens: 40, outputTokens: 17, cachedTokens: 0, reasoningTokens: 0, ...over };
}

const LONG = "mild ✓ ".repeat(5_000);

const OPENAI = '"usage":{"prompt_tokens":40,"completion_tokens":17,"total_tokens":57}';
const MESSAGE_START =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_01","usage":{"input_tokens":30,"cache_read_input_tokens":8,"cache_creation_input_tokens":2,"output_tokens":0}}}\n\n';
const MESSAGE_DELTA =
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":17}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n';
const DELTAS = `data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"${LONG}"}}\n\n`;

describe("UsageTail", () => {
  it.each([
    {
      what: "an OpenAI stream",
      text: `data: {"choices":[{"delta":{"content":"${LONG}"}}]}\n\ndata: {"choices":[],${OPENAI}}\n\ndata: [DONE]\n\n`,
      usage: makeUsage(),
    },
    {
      what: "a stream that repeats its usage, null at first",
      text: `data: {"usage":null}\n\ndata: {"usage":{"prompt_tokens":40,"completion_tokens":1}}\n\ndata: {${OPENAI}}\n\n`,
      usage: makeUsage(),
    },
    {
      what: "an OpenAI answer, spread over lines",
      text: `{\n "choices": [{"message": {"content": "${LONG}"}}],\n "usage" : {\n "prompt_tokens": 40, "completion_tokens": 17, "prompt_tokens_details": {"cached_tokens": 8}, "completion_tokens_details": {"reasoning_tokens": 5}}\n}`,
      usage: makeUsage({ cachedTokens: 8, reasoningTokens: 5 }),
    },
    {
      what: "an embeddings answer",
      text: `{"data":[{"embedding":[${"0.25,".repeat(9_000)}1]}],"usage":{"prompt_tokens":40,"total_tokens":40}}`,
      usage: makeUsage({ outputTokens: 0 }),
    },
    {
      what: "a Responses stream",
      text: `event: response.completed\ndata: {"response":{"output":"${LONG}","usage":{"input_tokens":40,"input_tokens_details":{"cached_tokens":8},"output_tokens":17,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":57},"metadata":{}}}\n\n`,
      usage: makeUsage({ cachedTokens: 8, reasoningTokens: 5 }),
    },
    {
      what: "a long Anthropic stream",
      text: MESSAGE_START + DELTAS + MESSAGE_DELTA,
      usage: makeUsage({ cachedTokens: 8 }),
    },
    {
      what: "a short Anthropic stream with CRLF",
      text: (MESSAGE_START + MESSAGE_DELTA).replaceAll("\n", "\r\n"),
      usage: makeUsage({ cachedTokens: 8 }),
    },
    {
      what: "an Anthropic stream that was cut off",
      text: MESSAGE_START + DELTAS,
      usage: makeUsage({ outputTokens: 0, cachedTokens: 8 }),
    },
    {
      what: "an Anthropic answer",
      text: '{"type":"message","content":[],"usage":{"input_tokens":32,"output_tokens":17,"cache_read_input_tokens":8,"output_tokens_details":{"thinking_tokens":5}}}',
      usage: makeUsage({ cachedTokens: 8, reasoningTokens: 5 }),
    },
    {
      what: "an Ollama stream",
      text: `{"message":{"content":"${LONG}"},"done":false}\n{"done":true,"context":[1,2],"prompt_eval_count":40,"eval_count":17}\n`,
      usage: makeUsage(),
    },
    {
      what: "an Ollama answer whose prompt was cached",
      text: '{"response":"x","done":true,"eval_count":17}',
      usage: makeUsage({ inputTokens: 0 }),
    },
    {
      what: "a llama.cpp stream without usage",
      text: 'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"timings":{"cache_n":8,"prompt_n":32,"predicted_n":17,"prompt_ms":1.5}}\n\ndata: [DONE]\n\n',
      usage: makeUsage({ cachedTokens: 8 }),
    },
  ])("finds the usage of $what", ({ text, usage }) => {
    expect(usageOf(text)).toEqual(usage);
  });

  it.each([
    { what: "nothing", text: "" },
    { what: "a stream without usage", text: `data: {"choices":[]}\n\ndata: [DONE]\n\n` },
    {
      what: "a text that speaks of usage",
      text: String.raw`{"content":"\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2} \"eval_count\":3"}`,
    },
    { what: "usage that was cut", text: 'data: {"usage":{"prompt_tokens":4' },
    { what: "usage without counts", text: '{"usage":{"prompt_tokens":"many","x":"}"}}' },
  ])("finds none in $what", ({ text }) => {
    expect(usageOf(text)).toBeUndefined();
  });

  it("finds the same wherever the chunks are cut", () => {
    const text = MESSAGE_START + DELTAS + MESSAGE_DELTA;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40_000 }), (chunkBytes) => {
        expect(usageOf(text, chunkBytes)).toEqual(makeUsage({ cachedTokens: 8 }));
      }),
      { numRuns: 50 },
    );
  });

  it("tells whether a name stands in the end of the answer", () => {
    const tail = new UsageTail();
    for (const piece of [LONG.repeat(2), '{"timings":{}}']) tail.push(Buffer.from(piece));
    expect(tail.mentions(["x", "timings"])).toBe(true);
    expect(tail.mentions(["timing", "mild"])).toBe(false);
    tail.push(Buffer.from('{"late":1}'));
    expect(tail.mentions(["late"])).toBe(true);
  });

  it("tells nothing of an answer whose memory it was given", () => {
    const former = new UsageTail();
    for (const piece of [LONG, OPENAI]) former.push(Buffer.from(piece));
    expect(former.usage()).toEqual(makeUsage());
    former.release();
    expect(former.usage()).toBeUndefined();
    const next = new UsageTail();
    for (const piece of ["{", "}"]) next.push(Buffer.from(piece));
    expect(next.usage()).toBeUndefined();
    for (const piece of [MESSAGE_START, DELTAS, MESSAGE_DELTA]) next.push(Buffer.from(piece));
    expect(next.usage()).toEqual(makeUsage({ cachedTokens: 8 }));
  });

  it("tells whether a stream ends in an error, in one piece or in many", () => {
    const error = 'data: {"error":{"message":"gone"}}\n\n';
    for (const [text, holds] of [
      [DELTAS + error, true],
      [error + DELTAS, false],
    ] as const) {
      for (const chunkBytes of [7, text.length * 4]) {
        const tail = new UsageTail();
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          tail.push(bytes.subarray(at, at + chunkBytes));
        }
        expect(tail.endsInError()).toBe(holds);
      }
    }
  });

  it("finds the same in one piece as in many", () => {
    for (const text of [OPENAI, MESSAGE_START + DELTAS + MESSAGE_DELTA, `${LONG}{${OPENAI}}`]) {
      expect(usageOf(text, text.length * 4)).toEqual(usageOf(text, 7));
    }
  });
});
