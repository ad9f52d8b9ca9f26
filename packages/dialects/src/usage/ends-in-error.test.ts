import { describe, expect, it } from "vitest";

import { endsInError } from "./ends-in-error.ts";

const CHUNK = 'data: {"choices":[{"index":0,"delta":{"content":"mild"}}]}\n\n';
const ERROR = '{"error": {"message": "litellm.APIConnectionError: gone", "code": "500"}}';
const DONE = "data: [DONE]\n\n";

describe("endsInError", () => {
  it.each([
    { what: "an error without [DONE]", text: `${CHUNK}data: ${ERROR}\n\n` },
    { what: "an error before [DONE]", text: `${CHUNK}data: {"error":{"code":503}}\n\n${DONE}` },
    { what: "one with CRLF", text: `data: ${ERROR}\r\n\r\ndata: [DONE]\r\n\r\n` },
    { what: "one that is cut behind its line", text: `${CHUNK}data:${ERROR}` },
    { what: "one with a comment behind it", text: `data: ${ERROR}\n\n: ping\n\n` },
    { what: "one that is all there is", text: `data: ${ERROR}` },
    {
      what: "an error event of Anthropic",
      text: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n',
    },
    {
      what: "an error event of Responses",
      text: 'event: error\ndata: {"type":"error","code":"server_error","message":"gone"}\n\n',
    },
    {
      what: "a failed response",
      text: 'event: response.failed\ndata: {"type":"response.failed","response":{"error":{"code":"x"}}}\n\n',
    },
    { what: "a line of Ollama", text: '{"message":{"content":"a"}}\n{"error":"runner died"}\n' },
  ])("sees $what", ({ text }) => {
    expect(endsInError(text)).toBe(true);
  });

  it.each([
    { what: "nothing", text: "" },
    { what: "a whole stream", text: CHUNK + DONE },
    { what: "null", text: `data: {"choices":[],"error":null}\n\n${DONE}` },
    { what: "an empty text", text: '{"done":true,"error":""}\n' },
    {
      what: "a model that writes it",
      text: `data: ${JSON.stringify({ choices: [{ delta: { content: `\ndata: ${ERROR}\n\n` } }] })}\n\n${DONE}`,
    },
    {
      what: "a model that calls a tool with it",
      text: `data: ${JSON.stringify({ choices: [{ delta: { error: { message: "x" } } }] })}\n\n`,
    },
    { what: "an error that the stream went on after", text: `data: ${ERROR}\n\n${CHUNK}${DONE}` },
    { what: "the name of an event alone", text: `event: "error"\n\n` },
    { what: "the rest of an event", text: `{"delta":{"x":${ERROR}\n\n` },
    { what: "the end of a long text", text: `say \\"error\\": {}"}}]}\n\n${DONE}` },
  ])("sees none in $what", ({ text }) => {
    expect(endsInError(text)).toBe(false);
  });
});
