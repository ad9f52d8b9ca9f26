import { stamp } from "../http/token-stamps.ts";

/** Token counts that every answer states, and that a gateway must have counted afterwards. */
export const INPUT_TOKENS = 250;
export const OUTPUT_TOKENS = 200;

const FILLER = "lorem ipsum dolor sit amet consectetur ";

/** The whole answer, head and body, with a body of so many bytes. */
export function wholeAnswer(model: string, bytes: number): string {
  const begin = `{"id":"chatcmpl-sim","object":"chat.completion","created":1700000000,"model":"${model}","choices":[{"index":0,"message":{"role":"assistant","content":"`;
  const end = `"},"finish_reason":"stop"}],"usage":${usage(OUTPUT_TOKENS)}}`;
  const room = Math.max(1, bytes - begin.length - end.length);
  const text = FILLER.repeat(Math.ceil(room / FILLER.length)).slice(0, room);
  return plainAnswer(200, "application/json", begin + text + end);
}

export function plainAnswer(status: number, type: string, body: string): string {
  return `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Forced"}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export function forcedError(status: number): string {
  const body = `{"error":{"message":"forced","type":"server_error","code":${status}}}`;
  return plainAnswer(status, "application/json", body);
}

/** The parts of a stream as they go on the wire, chunk framing included. */
export interface StreamParts {
  readonly begin: string;
  /** Before and after the stamp of a token. */
  readonly beforeStamp: string;
  readonly afterStamp: string;
  readonly end: string;
}

export function streamParts(model: string, tokens: number): StreamParts {
  const base = `data: {"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1700000000,"model":"${model}","choices":[{"index":0,`;
  const before = `${base}"delta":{"content":"`;
  const after = `"},"finish_reason":null}]}\n\n`;
  const length = before.length + stamp(0).length + after.length;
  const last = `${base}"delta":{},"finish_reason":"stop"}]}\n\ndata: {"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1700000000,"model":"${model}","choices":[],"usage":${usage(tokens)}}\n\ndata: [DONE]\n\n`;
  return {
    begin: `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(`${base}"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n`)}`,
    beforeStamp: `${length.toString(16)}\r\n${before}`,
    afterStamp: `${after}\r\n`,
    end: `${chunk(last)}0\r\n\r\n`,
  };
}

function chunk(payload: string): string {
  return `${payload.length.toString(16)}\r\n${payload}\r\n`;
}

function usage(completion: number): string {
  return `{"prompt_tokens":${INPUT_TOKENS},"completion_tokens":${completion},"total_tokens":${INPUT_TOKENS + completion}}`;
}

/** What probes and discovery ask for; undefined for an unknown path. */
export function documentAt(path: string, models: readonly string[]): string | undefined {
  if (path === "/v1/models" || path === "/models") {
    const data = models.map((id) => ({
      id,
      object: "model",
      created: 1_700_000_000,
      owned_by: "sim",
    }));
    return plainAnswer(200, "application/json", JSON.stringify({ object: "list", data }));
  }
  return path === "/health" || path === "/" ? plainAnswer(200, "text/plain", "OK") : undefined;
}
