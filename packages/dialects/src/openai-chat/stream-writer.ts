import type { JsonObject } from "../conversation.ts";
import type { ReplyContext, ReplyStreamWriter } from "../dialect.ts";
import type { ReplyEvent, StopReason, Usage } from "../reply.ts";
import { toFailureBody } from "./chat-errors.ts";
import { toFinishReason } from "./finish-reason.ts";
import { toReplyId, writeUsage } from "./write-reply.ts";

/** Writes a Chat Completions stream: `data: {…}` and an empty line per event, then `data: [DONE]`. */
export class ChatStreamWriter implements ReplyStreamWriter {
  readonly #context: ReplyContext;
  /** What all chunks begin with; empty until the answer started. */
  #head = "";
  /** Whether arguments came, per call. */
  readonly #hasArguments: boolean[] = [];
  #usage: Usage | undefined;
  #isFinished = false;
  #isClosed = false;

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  write(event: ReplyEvent): string {
    if (this.#isClosed) return "";
    switch (event.type) {
      case "start":
        return this.#head === "" ? this.#start(event.id, event.model) : "";
      case "text":
        return this.#delta({ content: event.text }, event.logprobs);
      case "thinking":
        return this.#delta({ reasoning_content: event.text, reasoning: event.text });
      case "refusal":
        return this.#delta({ refusal: event.text });
      case "tool-call":
        return this.#beginCall(event.index, event.id, event.name);
      case "tool-arguments":
        this.#hasArguments[event.index] = true;
        return this.#arguments(event.index, event.json);
      case "usage":
        this.#usage = event.usage;
        return "";
      case "finish":
        return this.#finish(event.reason);
      case "end":
        return this.#end();
      case "error":
        this.#isClosed = true;
        return `data: ${JSON.stringify(toFailureBody(event))}\n\n`;
      // The dialect has no place for these.
      case "signature":
      case "timings":
        break;
    }
    return "";
  }

  keepAlive(): string {
    return this.#head === "" || this.#isClosed ? "" : ": keep-alive\n\n";
  }

  #start(id: string | undefined, model: string): string {
    const { createdAt, model: requested } = this.#context;
    const head = JSON.stringify({
      id: toReplyId(id, this.#context),
      object: "chat.completion.chunk",
      created: createdAt,
      model: model === "" ? requested : model,
    });
    this.#head = `data: ${head.slice(0, -1)},"choices":[`;
    return this.#delta({ role: "assistant", content: "" });
  }

  #beginCall(index: number, id: string, name: string): string {
    this.#hasArguments[index] = false;
    const call = { index, id, type: "function", function: { name, arguments: "" } };
    return this.#delta({ tool_calls: [call] });
  }

  #arguments(index: number, json: string): string {
    return this.#delta({ tool_calls: [{ index, function: { arguments: json } }] });
  }

  #finish(reason: StopReason): string {
    if (this.#isFinished) return "";
    this.#isFinished = true;
    const hasCalls = this.#hasArguments.length > 0;
    // Clients parse the arguments, and an empty text is no JSON.
    const missing = this.#hasArguments
      .map((has, index) => (has ? "" : this.#arguments(index, "{}")))
      .join("");
    return `${missing}${this.#chunk({}, null, toFinishReason(reason, hasCalls))}`;
  }

  #end(): string {
    // Client libraries refuse a stream without a reason.
    const finish = this.#finish("unknown");
    this.#isClosed = true;
    const { includeUsage } = this.#context;
    const usage = includeUsage && this.#usage !== undefined ? this.#usageChunk(this.#usage) : "";
    return `${finish}${usage}data: [DONE]\n\n`;
  }

  #usageChunk(usage: Usage): string {
    return `${this.#head}],"usage":${JSON.stringify(writeUsage(usage))}}\n\n`;
  }

  #delta(delta: JsonObject, logprobs?: unknown): string {
    return this.#chunk(delta, logprobs ?? null, null);
  }

  #chunk(delta: JsonObject, logprobs: unknown, reason: string | null): string {
    const choice = JSON.stringify({ index: 0, delta, logprobs, finish_reason: reason });
    return `${this.#head}${choice}]}\n\n`;
  }
}
