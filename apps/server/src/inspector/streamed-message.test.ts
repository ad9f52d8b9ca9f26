import { describe, expect, it } from "vitest";

import { readStreamedMessage } from "./streamed-message.ts";

type Event = Readonly<Record<string, unknown>>;

function stream(...events: readonly Event[]): string {
  return events
    .map((event) => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`)
    .join("");
}

function start(index: number, block: object): Event {
  return { type: "content_block_start", index, content_block: block };
}

function delta(index: number, fields: object): Event {
  return { type: "content_block_delta", index, delta: fields };
}

const START = {
  type: "message_start",
  message: { id: "msg_1", role: "assistant", content: [], usage: { input_tokens: 5 } },
};
const FINISH = {
  type: "message_delta",
  delta: { stop_reason: "end_turn", stop_sequence: null },
  usage: { output_tokens: 7 },
};
const STOP = { type: "message_stop" };

describe("readStreamedMessage", () => {
  it("puts blocks of every kind together", () => {
    const text = stream(
      START,
      start(0, { type: "thinking", thinking: "" }),
      delta(0, { type: "thinking_delta", thinking: "Let me " }),
      { type: "ping" },
      delta(0, { type: "thinking_delta", thinking: "see." }),
      delta(0, { type: "signature_delta", signature: "sig" }),
      start(1, { type: "text", text: "" }),
      delta(1, { type: "text_delta", text: "It is " }),
      delta(1, { type: "text_delta", text: "mild." }),
      delta(1, { type: "citations_delta", citation: { cited_text: "mild" } }),
      start(2, { type: "tool_use", id: "t", name: "weather", input: {} }),
      delta(2, { type: "input_json_delta", partial_json: '{"town":' }),
      delta(2, { type: "input_json_delta", partial_json: '"Ulm"}' }),
      FINISH,
      STOP,
    );
    expect(readStreamedMessage(text)).toEqual({
      isWhole: true,
      body: {
        id: "msg_1",
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Let me see.", signature: "sig" },
          { type: "text", text: "It is mild.", citations: [{ cited_text: "mild" }] },
          { type: "tool_use", id: "t", name: "weather", input: { town: "Ulm" } },
        ],
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: { input_tokens: 5, output_tokens: 7 },
      },
    });
  });

  it("keeps what came of a stream that was cut", () => {
    const text = stream(
      START,
      start(0, { type: "tool_use", id: "t", name: "weather", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: '{"to' }),
    );
    expect(readStreamedMessage(`${text}event: content_block_delta\ndata: {"ty`)).toMatchObject({
      isWhole: false,
      body: { id: "msg_1", content: [{ type: "tool_use", input: '{"to' }] },
    });
  });

  it("keeps the error that ended a stream", () => {
    const error = { type: "overloaded_error", message: "busy" };
    const told = stream({ type: "error", error });
    expect(readStreamedMessage(stream(START) + told)).toMatchObject({
      isWhole: true,
      body: { id: "msg_1", content: [], error },
    });
    expect(readStreamedMessage(told)).toEqual({ isWhole: true, body: { type: "error", error } });
  });

  it.each(["", "plain text", "data: [DONE]\n\n", '{"type":"message"}'])(
    "finds no message in %j",
    (text) => {
      expect(readStreamedMessage(text)).toBeUndefined();
    },
  );
});
