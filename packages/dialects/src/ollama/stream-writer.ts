import type { JsonObject } from "../conversation.ts";
import type { ReplyContext, ReplyStreamWriter } from "../dialect.ts";
import { readArguments } from "../json/tool-arguments.ts";
import type { ReplyEvent, ReplyTimings, StopReason, Usage } from "../reply.ts";
import { type AnswerShape, type Said, saidText } from "./answer-shape.ts";
import { writeLogprobs } from "./logprobs.ts";
import { writeDoneReason, writeMetrics } from "./metrics.ts";
import { writeToolCall } from "./tool-calls.ts";
import { toTimestamp } from "./whole-reply.ts";

/** A call whose arguments are still coming. */
interface HeldCall {
  readonly id: string;
  readonly name: string;
  json: string;
}

/**
 * Writes Ollama's lines of JSON. Tool calls are held until the answer is
 * finished and sent in one line: their arguments are objects, not fragments.
 */
export class OllamaStreamWriter implements ReplyStreamWriter {
  readonly #shape: AnswerShape;
  readonly #context: ReplyContext;
  readonly #calls = new Map<number, HeldCall>();
  #model: string;
  #hasWritten = false;
  #firstTokenMs: number | undefined;
  #usage: Usage | undefined;
  #timings: ReplyTimings | undefined;
  #reason: StopReason = "unknown";
  #isOver = false;

  constructor(shape: AnswerShape, context: ReplyContext) {
    this.#shape = shape;
    this.#context = context;
    this.#model = context.model;
  }

  write(event: ReplyEvent): string {
    if (this.#isOver) return "";
    switch (event.type) {
      case "text":
        return this.#writeSaid(saidText(event.text), event.logprobs);
      case "refusal":
        return this.#writeSaid(saidText(event.text));
      case "thinking":
        return this.#writeSaid({ text: "", thinking: event.text, toolCalls: [] });
      case "finish":
        this.#reason = event.reason;
        return this.#writeCalls();
      case "end":
        this.#isOver = true;
        return this.#writeCalls() + this.#writeLast();
      case "error":
        this.#isOver = true;
        return writeErrorLine(event.message);
      case "start":
        if (event.model !== "") this.#model = event.model;
        break;
      case "tool-call":
        this.#noteFirstToken();
        this.#calls.set(event.index, { id: event.id, name: event.name, json: "" });
        break;
      case "tool-arguments":
        this.#addArguments(event.index, event.json);
        break;
      case "usage":
        this.#usage = event.usage;
        break;
      case "timings":
        this.#timings = event.timings;
        break;
      case "signature":
        break;
    }
    return "";
  }

  /** An empty piece of the answer: every client adds it up to nothing. */
  keepAlive(): string {
    return this.#hasWritten && !this.#isOver
      ? this.#writeLine(this.#shape.write(saidText("")), false)
      : "";
  }

  #noteFirstToken(): void {
    this.#firstTokenMs ??= this.#context.elapsedMs();
  }

  #writeSaid(said: Said, logprobs?: unknown): string {
    this.#noteFirstToken();
    return this.#writeLine(this.#shape.write(said), false, writeLogprobs(logprobs));
  }

  #addArguments(index: number, json: string): void {
    const call = this.#calls.get(index);
    if (call !== undefined) call.json += json;
  }

  #writeCalls(): string {
    if (this.#calls.size === 0) return "";
    const toolCalls = [...this.#calls.entries()]
      .toSorted(([a], [b]) => a - b)
      .map(([, { id, name, json }], index) =>
        writeToolCall({ id, name, arguments: readArguments(json) }, index),
      );
    this.#calls.clear();
    return this.#writeSaid({ text: "", thinking: "", toolCalls });
  }

  #writeLast(): string {
    const metrics = writeMetrics(this.#usage, this.#timings, {
      totalMs: this.#context.elapsedMs(),
      firstTokenMs: this.#firstTokenMs,
    });
    const said = this.#shape.write(saidText(""));
    return this.#writeLine(said, true, { done_reason: writeDoneReason(this.#reason), ...metrics });
  }

  #writeLine(said: JsonObject, done: boolean, rest: JsonObject = {}): string {
    this.#hasWritten = true;
    return toLine({
      model: this.#model,
      created_at: toTimestamp(this.#context, this.#context.elapsedMs()),
      ...said,
      done,
      ...rest,
    });
  }
}

/** The error as the last line of a stream: `{"error":"text"}`. */
export function writeErrorLine(message: string): string {
  return toLine({ error: message });
}

function toLine(value: JsonObject): string {
  return `${JSON.stringify(value)}\n`;
}
