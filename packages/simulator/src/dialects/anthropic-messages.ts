import type { Exchange } from "../exchange.ts";
import { type Generation, planGeneration, type TokenKind } from "../generation.ts";
import { invalidRequest } from "../refusal.ts";
import { awaitAnswer, streamAnswer, toNamedEvent } from "../token-stream.ts";
import { stopReasons, toMessagesGeneration } from "./anthropic-request.ts";
import { parseModelRequest } from "./model-request.ts";

/** Answers `POST /v1/messages`. */
export async function createMessage(exchange: Exchange): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  const { body, model } = parsed;
  if (!Array.isArray(body["messages"])) {
    return exchange.refuse(invalidRequest("messages: Field required"));
  }
  if (body["max_tokens"] === undefined) {
    return exchange.refuse(invalidRequest("max_tokens: Field required"));
  }
  const generation = planGeneration(model, toMessagesGeneration(body));
  if (body["stream"] === true) return streamMessage(exchange, generation);
  await awaitAnswer(exchange, generation);
  return exchange.sendJson({
    ...toMessageHead(exchange, generation),
    content: toContent(exchange, generation),
    stop_reason: stopReasons[generation.finish],
    usage: {
      input_tokens: generation.promptTokens,
      output_tokens: generation.completionTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    },
  });
}

/** Answers `POST /v1/messages/count_tokens`. */
export async function countTokens(exchange: Exchange): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  await exchange.sendJson({ input_tokens: toMessagesGeneration(parsed.body).promptTokens });
}

async function streamMessage(exchange: Exchange, generation: Generation): Promise<void> {
  const event = (type: string, fields: object = {}): string => toNamedEvent(exchange, type, fields);
  const message = {
    ...toMessageHead(exchange, generation),
    content: [],
    stop_reason: null,
    usage: { input_tokens: generation.promptTokens, output_tokens: 0 },
  };
  let block = -1;
  let open: TokenKind | undefined;
  const stopBlock = (): string => (open ? event("content_block_stop", { index: block }) : "");
  const enterBlock = (kind: TokenKind): string => {
    if (open === kind) return "";
    const stop = stopBlock();
    open = kind;
    block += 1;
    const contentBlock = toEmptyBlock(exchange, generation, kind);
    return stop + event("content_block_start", { index: block, content_block: contentBlock });
  };
  await streamAnswer(exchange, generation, {
    contentType: "text/event-stream",
    preface: event("message_start", { message }) + event("ping"),
    encode: ({ kind, text }) =>
      enterBlock(kind) + event("content_block_delta", { index: block, delta: toDelta(kind, text) }),
    closing: () =>
      stopBlock() +
      event("message_delta", {
        delta: { stop_reason: stopReasons[generation.finish], stop_sequence: null },
        usage: { output_tokens: generation.completionTokens },
      }) +
      event("message_stop"),
  });
}

function toMessageHead({ backend }: Exchange, { model }: Generation): object {
  const id = backend.nextId("msg");
  return { id, type: "message", role: "assistant", model: model.id, stop_sequence: null };
}

function toContent(exchange: Exchange, generation: Generation): readonly object[] {
  const { toolCall, reasoningTokens } = generation;
  const thinking = { type: "thinking", thinking: generation.textOf("reasoning"), signature: "" };
  const answer = toolCall
    ? { ...toEmptyBlock(exchange, generation, "tool"), input: toolCall.arguments }
    : { type: "text", text: generation.textOf("text") };
  return reasoningTokens > 0 ? [thinking, answer] : [answer];
}

function toEmptyBlock({ backend }: Exchange, { toolCall }: Generation, kind: TokenKind): object {
  if (kind === "text") return { type: "text", text: "" };
  if (kind === "reasoning") return { type: "thinking", thinking: "", signature: "" };
  return { type: "tool_use", id: backend.nextId("toolu"), name: toolCall?.name ?? "", input: {} };
}

function toDelta(kind: TokenKind, text: string): object {
  if (kind === "text") return { type: "text_delta", text };
  if (kind === "reasoning") return { type: "thinking_delta", thinking: text };
  return { type: "input_json_delta", partial_json: text };
}
