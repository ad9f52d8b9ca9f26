import type { JsonObject } from "../conversation.ts";
import type { ReplyContext, ReplyStreamWriter } from "../dialect.ts";
import { logprobEntries } from "../openai-chat/logprobs.ts";
import type { ReplyEvent, ReplyFailure, StopReason, Usage } from "../reply.ts";
import { streamErrorFields } from "./errors.ts";
import { EventWriter } from "./event-writer.ts";
import {
  OpenCall,
  type OpenItem,
  OpenMessage,
  OpenReasoning,
  type ItemPlace,
} from "./open-items.ts";
import type { ContentType } from "./output-items.ts";
import { responseId, responseObject, type ResponseHead } from "./response-object.ts";
import { outcomeOf } from "./response-status.ts";

/**
 * Writes a streamed response. Holds the whole answer, because the last event
 * repeats it.
 *
 * Calls stay open until the model stops: fragments of several may interleave,
 * and each event names its item.
 */
export class ResponsesStreamWriter implements ReplyStreamWriter {
  readonly #context: ReplyContext;
  readonly #events = new EventWriter();
  readonly #items: OpenItem[] = [];
  readonly #calls = new Map<number, OpenCall>();
  #head: ResponseHead | undefined;
  /** The message or the thinking that goes on; undefined between two items. */
  #current: OpenMessage | OpenReasoning | undefined;
  #lastReasoning: OpenReasoning | undefined;
  #reason: StopReason | undefined;
  #usage: Usage | undefined;
  #hasEnded = false;

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  write(event: ReplyEvent): string {
    if (this.#hasEnded) return "";
    if (event.type === "error") return this.#fail(event);
    if (event.type === "start") return this.#start(event.id, event.model);
    return this.#start(undefined, "") + this.#continue(event);
  }

  keepAlive(): string {
    return this.#head === undefined || this.#hasEnded ? "" : ": keep-alive\n\n";
  }

  #continue(event: Exclude<ReplyEvent, { readonly type: "start" | "error" }>): string {
    switch (event.type) {
      case "text":
        return this.#say("output_text", event.text, event.logprobs);
      case "refusal":
        return this.#say("refusal", event.text, undefined);
      case "thinking":
        return this.#think(event.text);
      case "signature":
        return this.#sign(event.signature);
      case "tool-call":
        return this.#call(event.index, event.id, event.name);
      case "tool-arguments":
        return this.#calls.get(event.index)?.add(event.json) ?? "";
      case "finish":
        return this.#finish(event.reason);
      case "end":
        return this.#end();
      case "usage":
        this.#usage = event.usage;
        break;
      case "timings":
        break;
    }
    return "";
  }

  #start(id: string | undefined, model: string): string {
    if (this.#head !== undefined) return "";
    this.#head = this.#makeHead(id, model);
    const response = responseObject(this.#head, { status: "in_progress", output: [] });
    return (
      this.#events.write("response.created", { response }) +
      this.#events.write("response.in_progress", { response })
    );
  }

  #makeHead(id: string | undefined, model: string): ResponseHead {
    const context = this.#context;
    return { id: responseId(id, context), model: model === "" ? context.model : model, context };
  }

  #say(type: ContentType, text: string, logprobs: unknown): string {
    const entries = logprobEntries(logprobs);
    if (text === "" && entries.length === 0) return "";
    let written = "";
    let message = this.#current;
    if (!(message instanceof OpenMessage)) {
      written += this.#closeCurrent();
      message = this.#open(new OpenMessage(this.#place("msg")));
      written += message.open();
      this.#current = message;
    }
    return written + message.add(type, text, entries);
  }

  #think(text: string): string {
    if (text === "") return "";
    let written = "";
    let reasoning = this.#current;
    // A signature ends the thinking it belongs to.
    if (!(reasoning instanceof OpenReasoning) || reasoning.signature !== undefined) {
      [reasoning, written] = this.#openReasoning();
    }
    return written + reasoning.add(text);
  }

  #sign(signature: string): string {
    if (signature === "") return "";
    if (this.#lastReasoning !== undefined && this.#lastReasoning.signature === undefined) {
      this.#lastReasoning.signature = signature;
      return "";
    }
    const [reasoning, written] = this.#openReasoning();
    reasoning.signature = signature;
    return written;
  }

  #openReasoning(): [OpenReasoning, string] {
    const closing = this.#closeCurrent();
    const reasoning = this.#open(new OpenReasoning(this.#place("rs")));
    this.#current = reasoning;
    this.#lastReasoning = reasoning;
    return [reasoning, closing + reasoning.open()];
  }

  #call(index: number, id: string, name: string): string {
    if (this.#calls.has(index)) return "";
    const closing = this.#closeCurrent();
    const callId = id === "" ? `call_${this.#context.randomId()}` : id;
    const call = this.#open(new OpenCall(this.#place("fc"), callId, name));
    this.#calls.set(index, call);
    return closing + call.open();
  }

  #finish(reason: StopReason): string {
    if (this.#reason !== undefined) return "";
    this.#reason = reason;
    this.#current = undefined;
    const { status } = outcomeOf(reason);
    const last = this.#items.length - 1;
    // Items that have ended give nothing any more.
    return this.#items
      .map((item, index) => item.close(index === last ? status : "completed"))
      .join("");
  }

  #end(): string {
    const closing = this.#finish("unknown");
    this.#hasEnded = true;
    const { status, reason } = outcomeOf(this.#reason ?? "unknown");
    const response = this.#response({ status, incompleteReason: reason });
    return closing + this.#events.write(`response.${status}`, { response });
  }

  #fail(failure: ReplyFailure): string {
    this.#hasEnded = true;
    const { message, status } = failure;
    const code = status === 429 ? "rate_limit_exceeded" : "server_error";
    const response = this.#response({ status: "failed", error: { code, message } });
    return (
      this.#events.write("error", streamErrorFields(failure)) +
      this.#events.write("response.failed", { response })
    );
  }

  #response(end: {
    readonly status: "completed" | "incomplete" | "failed";
    readonly incompleteReason?: string | undefined;
    readonly error?: JsonObject;
  }): JsonObject {
    const head = this.#head ?? this.#makeHead(undefined, "");
    const output = this.#items.map((item) => item.toItem());
    return responseObject(head, { ...end, output, usage: this.#usage });
  }

  #closeCurrent(): string {
    const closing = this.#current?.close("completed") ?? "";
    this.#current = undefined;
    return closing;
  }

  #open<Item extends OpenItem>(item: Item): Item {
    this.#items.push(item);
    return item;
  }

  #place(prefix: "msg" | "rs" | "fc"): ItemPlace {
    const id = `${prefix}_${this.#context.randomId()}`;
    return { id, index: this.#items.length, events: this.#events };
  }
}
