import type { JsonObject } from "../conversation.ts";
import type { ReplyStreamReader } from "../dialect.ts";
import { errorText } from "../errors/backend-error.ts";
import { numberIn, objectIn, textIn } from "../json/lenient.ts";
import { parseObject } from "../json/parse-json.ts";
import type { ReplyEvent } from "../reply.ts";
import { SseDecoder, type SseEvent } from "../stream/sse-decoder.ts";
import { statusOfErrorType } from "./errors.ts";
import { parseStopReason } from "./stop-reason.ts";
import { UsageReader } from "./usage.ts";

/** A tool_use block that is not closed yet. */
interface OpenCall {
  /** Of the calls, not of the blocks. */
  readonly index: number;
  /** What the start of the block holds: all of the arguments where no fragments follow. */
  readonly input: JsonObject;
  hasFragments: boolean;
}

/** Reads the event stream of a backend, also where blocks overlap as llama.cpp's do. */
export class AnthropicStreamReader implements ReplyStreamReader {
  readonly #decoder = new SseDecoder();
  readonly #usage = new UsageReader();
  /** Block index → call. */
  readonly #calls = new Map<number, OpenCall>();
  #latestBlock = 0;
  #callCount = 0;
  #isStarted = false;
  #isFinished = false;
  #isOver = false;

  push(chunk: Uint8Array): readonly ReplyEvent[] {
    const events: ReplyEvent[] = [];
    if (!this.#isOver) this.#readAll(this.#decoder.push(chunk), events);
    return events;
  }

  end(): readonly ReplyEvent[] {
    const events: ReplyEvent[] = [];
    if (this.#isOver) return events;
    this.#readAll(this.#decoder.end(), events);
    if (this.#isOver) return events;
    // With the stop reason the answer is complete, whether or not the farewell came.
    if (this.#isFinished) this.#stop(events);
    else this.#fail("The backend's answer ended before it was complete.", undefined, events);
    return events;
  }

  #readAll(received: readonly SseEvent[], events: ReplyEvent[]): void {
    for (const event of received) {
      this.#readEvent(event, events);
      if (this.#isOver) return;
    }
    if (!this.#decoder.isOverrun) return;
    this.#fail("The backend sent a line that is too long.", undefined, events);
  }

  #readEvent({ name, data }: SseEvent, events: ReplyEvent[]): void {
    // Some servers close with OpenAI's mark, and some keep alive with empty data.
    if (data.trim() === "" || data === "[DONE]") return;
    const body = parseObject(data);
    if (body === undefined) {
      this.#fail("The backend sent an event that is no JSON.", undefined, events);
      return;
    }
    const error = body["error"];
    const type = textIn(body, "type") ?? (error === undefined || error === null ? name : "error");
    switch (type) {
      case "message_start":
        this.#start(objectIn(body, "message") ?? {}, events);
        break;
      case "content_block_start":
        this.#startBlock(body, events);
        break;
      case "content_block_delta":
        this.#readDelta(body, events);
        break;
      case "content_block_stop":
        this.#stopBlock(numberIn(body, "index") ?? this.#latestBlock, events);
        break;
      case "message_delta":
        this.#readMessageDelta(body, events);
        break;
      case "message_stop":
        this.#stop(events);
        break;
      case "error":
        this.#failAsTold(body, events);
        break;
      default:
      // `ping`, and what later versions of the API add.
    }
  }

  #start(message: JsonObject, events: ReplyEvent[]): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    events.push({
      type: "start",
      id: textIn(message, "id"),
      model: textIn(message, "model") ?? "",
    });
    this.#readUsage(message, events);
  }

  #startBlock(body: JsonObject, events: ReplyEvent[]): void {
    this.#start({}, events);
    this.#latestBlock = numberIn(body, "index") ?? this.#latestBlock + 1;
    const block = objectIn(body, "content_block") ?? {};
    const type = textIn(block, "type");
    if (type === "text") pushText("text", textIn(block, "text"), events);
    if (type === "thinking") pushText("thinking", textIn(block, "thinking"), events);
    if (type !== "tool_use") return;
    const index = this.#callCount++;
    const input = objectIn(block, "input") ?? {};
    this.#calls.set(this.#latestBlock, { index, input, hasFragments: false });
    const id = textIn(block, "id") ?? "";
    events.push({ type: "tool-call", index, id, name: textIn(block, "name") ?? "" });
  }

  #readDelta(body: JsonObject, events: ReplyEvent[]): void {
    this.#start({}, events);
    const delta = objectIn(body, "delta") ?? {};
    switch (textIn(delta, "type")) {
      case "text_delta":
        pushText("text", textIn(delta, "text"), events);
        break;
      case "thinking_delta":
        pushText("thinking", textIn(delta, "thinking"), events);
        break;
      case "signature_delta": {
        // llama.cpp sends an empty one, and after the next block began.
        const signature = textIn(delta, "signature") ?? "";
        if (signature !== "") events.push({ type: "signature", signature });
        break;
      }
      case "input_json_delta": {
        const call = this.#calls.get(numberIn(body, "index") ?? this.#latestBlock);
        const json = textIn(delta, "partial_json") ?? "";
        if (call === undefined || json === "") break;
        call.hasFragments = true;
        events.push({ type: "tool-arguments", index: call.index, json });
        break;
      }
      case undefined:
      default:
    }
  }

  #stopBlock(block: number, events: ReplyEvent[]): void {
    const call = this.#calls.get(block);
    if (call === undefined) return;
    this.#calls.delete(block);
    if (call.hasFragments || Object.keys(call.input).length === 0) return;
    const json = JSON.stringify(call.input);
    events.push({ type: "tool-arguments", index: call.index, json });
  }

  #readMessageDelta(body: JsonObject, events: ReplyEvent[]): void {
    this.#start({}, events);
    this.#readUsage(body, events);
    const delta = objectIn(body, "delta") ?? {};
    const reason = textIn(delta, "stop_reason");
    if (reason !== undefined) this.#finish(reason, textIn(delta, "stop_sequence"), events);
  }

  #readUsage(owner: JsonObject, events: ReplyEvent[]): void {
    const usage = objectIn(owner, "usage");
    if (usage !== undefined) events.push({ type: "usage", usage: this.#usage.read(usage) });
  }

  #finish(
    reason: string | undefined,
    stopSequence: string | undefined,
    events: ReplyEvent[],
  ): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    for (const block of this.#calls.keys()) this.#stopBlock(block, events);
    events.push({
      type: "finish",
      reason: parseStopReason(reason, this.#callCount > 0),
      stopSequence,
    });
  }

  #stop(events: ReplyEvent[]): void {
    this.#start({}, events);
    this.#finish(undefined, undefined, events);
    events.push({ type: "end" });
    this.#isOver = true;
  }

  #failAsTold(body: JsonObject, events: ReplyEvent[]): void {
    const error = objectIn(body, "error") ?? {};
    const code = numberIn(error, "code");
    const status =
      statusOfErrorType(textIn(error, "type")) ??
      (code !== undefined && code >= 400 && code < 600 ? code : undefined);
    const message = errorText(body["error"]) ?? errorText(body["message"]);
    this.#fail(message ?? "The backend reported an error.", status, events);
  }

  #fail(message: string, status: number | undefined, events: ReplyEvent[]): void {
    events.push({ type: "error", message, status });
    this.#isOver = true;
  }
}

function pushText(type: "text" | "thinking", text: string | undefined, events: ReplyEvent[]): void {
  if (text !== undefined && text !== "") events.push({ type, text });
}
