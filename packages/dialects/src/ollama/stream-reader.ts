import { ProxyError } from "@olla-ts/core";

import type { JsonObject } from "../conversation.ts";
import type { ReplyStreamReader } from "../dialect.ts";
import { errorText } from "../errors/backend-error.ts";
import { textIn } from "../json/lenient.ts";
import { parseObject } from "../json/parse-json.ts";
import type { ReplyEvent } from "../reply.ts";
import { LineDecoder } from "../stream/line-decoder.ts";
import type { AnswerShape } from "./answer-shape.ts";
import { readLogprobs } from "./logprobs.ts";
import { readStopReason, readTimings, readUsage } from "./metrics.ts";
import { readToolCalls } from "./tool-calls.ts";

/** Reads Ollama's lines of JSON. Complete with the line that says `"done":true`. */
export class OllamaStreamReader implements ReplyStreamReader {
  readonly #shape: AnswerShape;
  readonly #lines: LineDecoder;
  #hasStarted = false;
  #hasEnded = false;
  #calls = 0;

  constructor(shape: AnswerShape, lines: LineDecoder = new LineDecoder()) {
    this.#shape = shape;
    this.#lines = lines;
  }

  push(chunk: Uint8Array): readonly ReplyEvent[] {
    const events: ReplyEvent[] = [];
    if (this.#hasEnded) return events;
    for (const line of this.#lines.push(chunk)) this.#readLine(line, events);
    if (this.#lines.isOverrun) this.#fail("The endpoint sent a line that is too long.", events);
    return events;
  }

  end(): readonly ReplyEvent[] {
    const events: ReplyEvent[] = [];
    if (this.#hasEnded) return events;
    this.#readLine(this.#lines.end() ?? "", events);
    this.#fail("The endpoint's answer ended before it was complete.", events);
    return events;
  }

  #readLine(text: string, events: ReplyEvent[]): void {
    if (this.#hasEnded || text.trim() === "") return;
    const line = parseObject(text);
    if (line === undefined) {
      this.#fail("The endpoint sent a line that is no JSON object.", events);
      return;
    }
    const error = line["error"];
    if (error !== undefined && error !== null) {
      this.#fail(errorText(error) ?? "The endpoint reported an error.", events);
      return;
    }
    this.#readAnswer(line, events);
  }

  #readAnswer(line: JsonObject, events: ReplyEvent[]): void {
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      events.push({ type: "start", id: undefined, model: textIn(line, "model") ?? "" });
    }
    try {
      this.#readSaid(line, events);
    } catch (thrown) {
      if (!(thrown instanceof ProxyError)) throw thrown;
      this.#fail(thrown.message, events);
      return;
    }
    if (line["done"] === true) this.#finish(line, events);
  }

  #readSaid(line: JsonObject, events: ReplyEvent[]): void {
    const said = this.#shape.read(line);
    if (said === undefined) return;
    const { text, thinking, toolCalls } = said;
    const logprobs = readLogprobs(line);
    if (thinking !== "") events.push({ type: "thinking", text: thinking });
    if (logprobs !== undefined) events.push({ type: "text", text, logprobs });
    else if (text !== "") events.push({ type: "text", text });
    for (const call of readToolCalls(toolCalls, textIn(line, "created_at") ?? "", this.#calls)) {
      const index = this.#calls;
      this.#calls += 1;
      events.push(
        { type: "tool-call", index, id: call.id, name: call.name },
        { type: "tool-arguments", index, json: JSON.stringify(call.arguments) },
      );
    }
  }

  #finish(line: JsonObject, events: ReplyEvent[]): void {
    const usage = readUsage(line);
    const timings = readTimings(line);
    const reason = readStopReason(line, this.#calls > 0);
    if (usage !== undefined) events.push({ type: "usage", usage });
    if (timings !== undefined) events.push({ type: "timings", timings });
    events.push({ type: "finish", reason, stopSequence: undefined }, { type: "end" });
    this.#hasEnded = true;
  }

  #fail(message: string, events: ReplyEvent[]): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    events.push({ type: "error", message, status: undefined });
  }
}
