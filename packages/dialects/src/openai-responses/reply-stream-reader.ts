import type { JsonObject } from "../conversation.ts";
import type { ReplyStreamReader } from "../dialect.ts";
import { listIn, numberIn, objectIn, textIn } from "../json/lenient.ts";
import { parseObject } from "../json/parse-json.ts";
import { makeCallId } from "../openai-chat/tool-calls.ts";
import type { ReplyEvent } from "../reply.ts";
import { MAX_LINE_BYTES } from "../stream/line-decoder.ts";
import { SseDecoder, type SseEvent } from "../stream/sse-decoder.ts";
import { readTimings, readUsage } from "../usage/read-usage.ts";
import { objectsIn } from "./objects-in.ts";
import { reasoningText } from "./parse-reply.ts";
import { failureOf, stopReasonOf } from "./response-status.ts";
import { StreamedItems, type StreamedItem } from "./streamed-items.ts";

const TOO_MANY_ARGUMENTS = "The backend's answer calls a tool with too many arguments.";

/**
 * Reads a streamed response. Complete with `response.completed` or
 * `response.incomplete`; `[DONE]` means nothing.
 *
 * What a server tells only at the end of an item, or of the response, is given
 * on then.
 */
export class ResponsesStreamReader implements ReplyStreamReader {
  readonly #decoder: SseDecoder;
  readonly #items = new StreamedItems();
  #events: ReplyEvent[] = [];
  #id: string | undefined;
  #calls = 0;
  #hasStarted = false;
  #hasEnded = false;

  constructor(decoder: SseDecoder = new SseDecoder()) {
    this.#decoder = decoder;
  }

  push(chunk: Uint8Array): readonly ReplyEvent[] {
    return this.#hasEnded ? [] : this.#readAll(this.#decoder.push(chunk));
  }

  end(): readonly ReplyEvent[] {
    const events = this.#hasEnded ? [] : this.#readAll(this.#decoder.end());
    this.#fail("The backend's answer ended before it was complete.");
    return events;
  }

  #readAll(received: readonly SseEvent[]): readonly ReplyEvent[] {
    this.#events = [];
    for (const { data } of received) this.#readData(data);
    if (this.#decoder.isOverrun) this.#fail("The backend sent a line that is too long.");
    return this.#events;
  }

  #readData(data: string): void {
    if (this.#hasEnded || data === "[DONE]") return;
    const event = parseObject(data);
    if (event === undefined) this.#fail("The backend sent an event that is no JSON.");
    else this.#readEvent(event, textIn(event, "type") ?? "");
  }

  #readEvent(event: JsonObject, type: string): void {
    switch (type) {
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        this.#start(objectIn(event, "response"));
        return;
      case "response.output_item.added":
        this.#readAdded(event);
        return;
      case "response.output_text.delta":
        this.#giveText(this.#items.at(event), event);
        return;
      case "response.refusal.delta":
        this.#giveRefusal(this.#items.at(event), textIn(event, "delta") ?? "");
        return;
      case "response.reasoning_text.delta":
      case "response.reasoning_summary_text.delta":
        this.#giveThinking(event, type === "response.reasoning_text.delta");
        return;
      case "response.reasoning_summary_part.added":
        this.#separateSummary(event);
        return;
      case "response.function_call_arguments.delta":
        this.#giveArguments(this.#items.at(event), textIn(event, "delta") ?? "");
        return;
      case "response.output_item.done":
        this.#readItem(event, objectIn(event, "item"));
        return;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
      case "response.cancelled":
        this.#finish(event, type.slice("response.".length));
        return;
      default:
        this.#readOther(event, type);
    }
  }

  /** Errors, with or without a type; other events are of no interest. */
  #readOther(event: JsonObject, type: string): void {
    if (type.startsWith("response.")) return;
    const failure = failureOf(event);
    if (failure !== undefined) this.#fail(failure.message, failure.status);
    else if (type === "error") {
      this.#fail(textIn(event, "message") ?? "The backend reported an error.");
    }
  }

  #start(response: JsonObject = {}): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    const id = textIn(response, "id") ?? "";
    this.#id = id === "" ? undefined : id;
    this.#events.push({ type: "start", id: this.#id, model: textIn(response, "model") ?? "" });
  }

  #give(event: ReplyEvent): void {
    this.#start();
    this.#events.push(event);
  }

  #readAdded(event: JsonObject): void {
    const item = objectIn(event, "item");
    if (item === undefined || textIn(item, "type") !== "function_call") return;
    this.#openCall(this.#items.at(event, textIn(item, "id")), item);
  }

  #openCall(state: StreamedItem, item: JsonObject): void {
    const name = textIn(item, "name") ?? "";
    if (state.callIndex !== undefined || name === "") return;
    const index = this.#calls++;
    const stated = textIn(item, "call_id") ?? "";
    const id = stated === "" ? makeCallId(this.#id, index) : stated;
    state.callIndex = index;
    this.#give({ type: "tool-call", index, id, name });
    if (state.json !== "") this.#give({ type: "tool-arguments", index, json: state.json });
  }

  #giveText(state: StreamedItem, event: JsonObject): void {
    const text = textIn(event, "delta") ?? "";
    const content = listIn(event, "logprobs");
    if (text === "" && content.length === 0) return;
    state.hasText = true;
    this.#give(
      content.length === 0 ? { type: "text", text } : { type: "text", text, logprobs: { content } },
    );
  }

  #giveRefusal(state: StreamedItem, text: string): void {
    if (text === "") return;
    state.hasText = true;
    this.#give({ type: "refusal", text });
  }

  #giveThinking(event: JsonObject, isReasoningText: boolean): void {
    const state = this.#items.at(event);
    const text = textIn(event, "delta") ?? "";
    if (text === "" || (state.hasReasoningText && !isReasoningText)) return;
    state.hasText = true;
    state.hasReasoningText ||= isReasoningText;
    this.#give({ type: "thinking", text });
  }

  #separateSummary(event: JsonObject): void {
    const state = this.#items.at(event);
    if (!state.hasText || state.hasReasoningText) return;
    if ((numberIn(event, "summary_index") ?? 0) > 0) this.#give({ type: "thinking", text: "\n\n" });
  }

  #giveArguments(state: StreamedItem, json: string): void {
    if (json === "") return;
    state.json += json;
    const index = state.callIndex;
    // The event that repeats them whole would be too long as well.
    if (state.json.length > MAX_LINE_BYTES) this.#fail(TOO_MANY_ARGUMENTS);
    else if (index !== undefined) this.#give({ type: "tool-arguments", index, json });
  }

  /** A whole item: gives on what did not come in pieces. */
  #readItem(place: JsonObject, item: JsonObject | undefined): void {
    if (item === undefined) return;
    const state = this.#items.at(place, textIn(item, "id"));
    state.isDone = true;
    const type = textIn(item, "type");
    if (type === "message" && !state.hasText) this.#readMessage(state, item);
    else if (type === "reasoning") this.#readReasoning(state, item);
    else if (type === "function_call") this.#readCall(state, item);
  }

  #readMessage(state: StreamedItem, item: JsonObject): void {
    for (const part of objectsIn(item, "content")) {
      const delta = textIn(part, "text") ?? "";
      this.#giveText(state, { delta, logprobs: listIn(part, "logprobs") });
      this.#giveRefusal(state, textIn(part, "refusal") ?? "");
    }
  }

  #readReasoning(state: StreamedItem, item: JsonObject): void {
    const text = state.hasText ? "" : reasoningText(item);
    if (text !== "") this.#give({ type: "thinking", text });
    state.hasText ||= text !== "";
    const signature = textIn(item, "encrypted_content") ?? "";
    if (signature !== "") this.#give({ type: "signature", signature });
  }

  #readCall(state: StreamedItem, item: JsonObject): void {
    this.#openCall(state, item);
    if (state.callIndex === undefined) {
      this.#fail("The backend's answer calls a tool without a name.");
    }
    if (this.#hasEnded) return;
    const whole = textIn(item, "arguments") ?? "";
    if (whole.startsWith(state.json)) this.#giveArguments(state, whole.slice(state.json.length));
  }

  #finish(event: JsonObject, ending: string): void {
    const response = objectIn(event, "response") ?? {};
    const failure = failureOf({ status: ending, ...response });
    if (failure !== undefined) this.#fail(failure.message, failure.status);
    if (this.#hasEnded) return;
    this.#start(response);
    if (this.#items.areSilent) {
      const output = objectsIn(response, "output");
      for (const [index, item] of output.entries()) this.#readItem({ output_index: index }, item);
    }
    if (this.#hasEnded) return;
    const usage = readUsage(response["usage"]);
    const timings = readTimings(event["timings"]);
    if (usage !== undefined) this.#give({ type: "usage", usage });
    if (timings !== undefined) this.#give({ type: "timings", timings });
    const status = textIn(response, "status") ?? ending;
    const reason = stopReasonOf(response, status, this.#calls > 0);
    this.#give({ type: "finish", reason, stopSequence: undefined });
    this.#give({ type: "end" });
    this.#hasEnded = true;
  }

  #fail(message: string, status?: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#events.push({ type: "error", message, status });
  }
}
