import { describe, expect, it } from "vitest";

import { holdsContent } from "./holds-content.ts";

describe("holdsContent", () => {
  it.each([
    'data: {"choices":[{"delta":{"role":"assistant","content":"mild"}}]}\n\n',
    'data: {"choices": [{"delta": {"content": "\\"quoted"}}]}\n\n',
    'data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}\n\n',
    'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]}}]}\n\n',
    'data: {"choices":[{"text":"mild"}]}\n\n',
    'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"mild"}}\n\n',
    'data: {"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}}\n\n',
    'data: {"type":"content_block_start","content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}\n\n',
    'data: {"type":"response.output_text.delta","delta":"mild"}\n\n',
    '{"message":{"role":"assistant","content":"mild"},"done":false}\n',
    '{"response":"mild","done":false}\n',
  ])("sees it in %s", (text) => {
    expect(holdsContent(Buffer.from(text))).toBe(true);
  });

  it.each([
    "",
    ": OPENROUTER PROCESSING\n\n",
    'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n',
    'data: {"choices":[{"delta":{"content":null,"tool_calls":[]}}]}\n\n',
    'event: message_start\ndata: {"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":3}}}\n\n',
    'data: {"type":"content_block_start","content_block":{"type":"text","text":""}}\n\n',
    'event: ping\ndata: {"type": "ping"}\n\n',
    'data: {"type":"response.created","response":{"text":{"format":{"type":"text"}},"reasoning":{"effort":null},"output":[]}}\n\n',
    "data: [DONE]\n\n",
  ])("sees none in %s", (text) => {
    expect(holdsContent(Buffer.from(text))).toBe(false);
  });
});
