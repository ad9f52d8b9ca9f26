import type { ReplyContext, ReplyStreamWriter } from "../dialect.ts";
import type { ReplyEvent, StopReason, Usage } from "../reply.ts";
import { BlockWriter, toSse } from "./block-writer.ts";
import { toFailureBody } from "./errors.ts";
import { writeStopReason } from "./stop-reason.ts";
import { estimateUsage, writeUsage } from "./usage.ts";
import { messageId, toolUseId } from "./write-reply.ts";

const PING = toSse({ type: "ping" });

/**
 * Writes a message as events: `message_start`, blocks one after the other,
 * `message_delta`, `message_stop`.
 *
 * A second `start` is ignored, so that one may be written as soon as the
 * backend's head is there, before the backend says its model.
 */
export class AnthropicStreamWriter implements ReplyStreamWriter {
  readonly #context: ReplyContext;
  readonly #blocks = new BlockWriter();
  #usage: Usage | undefined;
  #reason: StopReason = "unknown";
  #stopSequence: string | undefined;
  #characters = 0;
  #hasToolCalls = false;
  #hasRefusal = false;
  #isStarted = false;
  #isOver = false;

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  write(event: ReplyEvent): string {
    if (this.#isOver) return "";
    if (event.type === "error") {
      this.#isOver = true;
      return toSse(toFailureBody(event));
    }
    if (event.type === "start") return this.#start(event.id, event.model);
    return this.#start(undefined, "") + this.#writeContent(event);
  }

  keepAlive(): string {
    return this.#isStarted && !this.#isOver ? PING : "";
  }

  #writeContent(event: Exclude<ReplyEvent, { type: "start" | "error" }>): string {
    switch (event.type) {
      case "text":
      case "thinking":
        this.#characters += event.text.length;
        return this.#blocks.text(event.type, event.text);
      case "refusal":
        this.#hasRefusal = true;
        this.#characters += event.text.length;
        return this.#blocks.text("text", event.text);
      case "signature":
        return this.#blocks.signature(event.signature);
      case "tool-call": {
        this.#hasToolCalls = true;
        const { index, name } = event;
        return this.#blocks.call({ index, id: toolUseId(event.id, this.#context), name });
      }
      case "tool-arguments":
        this.#characters += event.json.length;
        return this.#blocks.callArguments(event.index, event.json);
      case "usage":
        this.#usage = event.usage;
        return "";
      case "finish":
        this.#reason = event.reason;
        this.#stopSequence = event.stopSequence;
        return this.#blocks.finish();
      case "end":
        return this.#end();
      case "timings":
        break;
    }
    return "";
  }

  #start(id: string | undefined, model: string): string {
    if (this.#isStarted) return "";
    this.#isStarted = true;
    const usage = estimateUsage(this.#context.estimatedInputTokens, 0);
    const message = {
      id: messageId(id, this.#context),
      type: "message",
      role: "assistant",
      model: model === "" ? this.#context.model : model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: writeUsage({ ...usage, outputTokens: 0 }),
    };
    return toSse({ type: "message_start", message }) + PING;
  }

  /** Usage may follow the stop reason, so both are told when nothing can come any more. */
  #end(): string {
    this.#isOver = true;
    const usage =
      this.#usage ?? estimateUsage(this.#context.estimatedInputTokens, this.#characters);
    const delta = {
      stop_reason: writeStopReason(this.#reason, {
        hasToolCalls: this.#hasToolCalls,
        hasRefusal: this.#hasRefusal,
      }),
      stop_sequence: this.#stopSequence ?? null,
    };
    return (
      this.#blocks.finish() +
      toSse({ type: "message_delta", delta, usage: writeUsage(usage) }) +
      toSse({ type: "message_stop" })
    );
  }
}
