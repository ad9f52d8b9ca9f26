import { ProxyError } from "@olla-ts/core";

import type { JsonObject } from "../conversation.ts";
import type { ReplyStreamReader } from "../dialect.ts";
import { isJsonObject } from "../json/json-value.ts";
import { parseObject } from "../json/parse-json.ts";
import type { ReplyEvent } from "../reply.ts";
import { SseDecoder, type SseEvent } from "../stream/sse-decoder.ts";
import { readTimings, readUsage } from "../usage/read-usage.ts";
import { readReportedError } from "./chat-errors.ts";
import { type Finish, isCutOff, readFinish } from "./finish-reason.ts";
import { firstChoice, readCalls, readText, readThinking } from "./read-choice.ts";
import { ToolCallAssembly } from "./tool-call-assembly.ts";

const DONE = "[DONE]";

/**
 * Reads a Chat Completions stream of any server. It is complete when a
 * `finish_reason` came, whether `[DONE]` follows or not: some servers cut an
 * answer off and still say `[DONE]`, others never say it.
 */
export class ChatStreamReader implements ReplyStreamReader {
  readonly #decoder: SseDecoder = new SseDecoder();
  readonly #calls: ToolCallAssembly = new ToolCallAssembly();
  #id: string | undefined;
  #isStarted = false;
  /** Held back until the end, since text may share its chunk and usage follows it. */
  #finish: Finish | undefined;
  #isClosed = false;

  push(chunk: Uint8Array): readonly ReplyEvent[] {
    const events: ReplyEvent[] = [];
    if (!this.#isClosed) this.#readAll(this.#decoder.push(chunk), events);
    return events;
  }

  end(): readonly ReplyEvent[] {
    const events: ReplyEvent[] = [];
    if (this.#isClosed) return events;
    this.#readAll(this.#decoder.end(), events);
    this.#readData(DONE, events);
    return events;
  }

  #readAll(received: readonly SseEvent[], events: ReplyEvent[]): void {
    for (const { data } of received) this.#readData(data.trim(), events);
    if (this.#isClosed || !this.#decoder.isOverrun) return;
    this.#fail(events, "The backend sent a line that is too long.");
  }

  /** What cannot be understood becomes an event, behind those that came before it. */
  #readData(text: string, events: ReplyEvent[]): void {
    if (this.#isClosed || text === "") return;
    try {
      if (text === DONE) this.#close(events);
      else this.#readChunk(text, events);
    } catch (thrown) {
      if (!(thrown instanceof ProxyError)) throw thrown;
      this.#fail(events, thrown.message);
    }
  }

  #readChunk(text: string, events: ReplyEvent[]): void {
    const chunk = parseObject(text);
    if (chunk === undefined) {
      // Behind the finish only usage comes, without which the answer is complete.
      if (this.#finish !== undefined) return;
      this.#fail(events, "The backend sent a chunk that is not a JSON object.");
      return;
    }
    const failure = readReportedError(chunk);
    if (failure !== undefined) {
      this.#fail(events, failure.message, failure.status);
      return;
    }
    const choice = firstChoice(chunk);
    const usage = readUsage(chunk["usage"]);
    this.#start(chunk, choice !== undefined || usage !== undefined, events);
    if (choice !== undefined) this.#readChoice(choice, events);
    if (this.#isClosed) return;
    if (usage !== undefined) events.push({ type: "usage", usage });
    const timings = readTimings(chunk["timings"]);
    if (timings !== undefined) events.push({ type: "timings", timings });
  }

  /** Azure's first chunk has neither choices nor model, so it does not start the answer. */
  #start(chunk: JsonObject, hasContent: boolean, events: ReplyEvent[]): void {
    if (this.#isStarted) return;
    const { id, model } = chunk;
    const hasModel = typeof model === "string" && model !== "";
    if (!hasContent && !hasModel) return;
    this.#isStarted = true;
    this.#id = typeof id === "string" && id !== "" ? id : undefined;
    events.push({ type: "start", id: this.#id, model: hasModel ? model : "" });
  }

  #readChoice(choice: JsonObject, events: ReplyEvent[]): void {
    const { delta, logprobs, finish_reason: finishReason } = choice;
    if (isJsonObject(delta)) this.#readDelta(delta, logprobs ?? undefined, events);
    if (this.#isClosed || typeof finishReason !== "string" || finishReason === "") return;
    if (isCutOff(finishReason)) this.#fail(events, "The backend aborted the answer.");
    else this.#finish ??= readFinish(choice, this.#calls.hasCalls);
  }

  #readDelta(delta: JsonObject, logprobs: unknown, events: ReplyEvent[]): void {
    const thinking = readThinking(delta);
    if (thinking !== "") events.push({ type: "thinking", text: thinking });
    const text = readText(delta["content"]);
    if (text !== "") {
      events.push(
        logprobs === undefined ? { type: "text", text } : { type: "text", text, logprobs },
      );
    }
    const { refusal } = delta;
    if (typeof refusal === "string" && refusal !== "") {
      events.push({ type: "refusal", text: refusal });
    }
    for (const call of readCalls(delta)) this.#calls.push(call, this.#id, events);
  }

  #close(events: ReplyEvent[]): void {
    if (this.#finish === undefined) {
      this.#fail(events, "The backend ended the answer before it was complete.");
      return;
    }
    this.#calls.finish(this.#id, events);
    this.#isClosed = true;
    events.push({ type: "finish", ...this.#finish }, { type: "end" });
  }

  #fail(events: ReplyEvent[], message: string, status?: number): void {
    this.#isClosed = true;
    events.push({ type: "error", message, status });
  }
}
