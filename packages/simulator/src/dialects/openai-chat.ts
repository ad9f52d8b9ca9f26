import type { Exchange } from "../exchange.ts";
import { type Generation, planGeneration, type Token } from "../generation.ts";
import { toObject } from "../json-value.ts";
import { invalidRequest } from "../refusal.ts";
import { awaitAnswer, streamAnswer, toDataEvent } from "../token-stream.ts";
import { parseModelRequest } from "./model-request.ts";
import { toFinishReason, toGenerationRequest, toOpenAiUsage } from "./openai-request.ts";

/** Answers `POST /v1/chat/completions`. */
export async function chatCompletion(exchange: Exchange): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  const { body, model } = parsed;
  if (!Array.isArray(body["messages"])) {
    return exchange.refuse(invalidRequest("'messages' is required"));
  }
  const generation = planGeneration(model, toGenerationRequest(body));
  if (body["stream"] !== true) return sendChat(exchange, generation);
  const hasUsage = toObject(body["stream_options"])["include_usage"] === true;
  return streamChat(exchange, generation, hasUsage);
}

async function sendChat(exchange: Exchange, generation: Generation): Promise<void> {
  const { toolCall, reasoningTokens } = generation;
  const { traits } = exchange.backend;
  await awaitAnswer(exchange, generation);
  const message = {
    role: "assistant",
    content: toolCall ? null : generation.textOf("text"),
    ...(reasoningTokens > 0 && { [traits.reasoningField]: generation.textOf("reasoning") }),
    ...(toolCall && {
      tool_calls: [
        {
          id: exchange.backend.nextId("call"),
          type: "function",
          function: { name: toolCall.name, arguments: generation.textOf("tool") },
        },
      ],
    }),
  };
  await exchange.sendJson({
    ...toHead(exchange, generation, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: toFinishReason(generation) }],
    usage: toOpenAiUsage(generation),
  });
}

async function streamChat(
  exchange: Exchange,
  generation: Generation,
  hasUsage: boolean,
): Promise<void> {
  const head = toHead(exchange, generation, "chat.completion.chunk");
  const event = (delta: object, finishReason: string | null = null): string =>
    toDataEvent(exchange, {
      ...head,
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  const toolOpening = toToolOpening(exchange, generation);
  let isToolOpen = false;
  await streamAnswer(exchange, generation, {
    contentType: "text/event-stream",
    opening: event({ role: "assistant", content: "" }),
    encode: (token) => {
      const opening = token.kind === "tool" && !isToolOpen ? event(toolOpening) : "";
      isToolOpen ||= token.kind === "tool";
      return opening + event(toDelta(exchange, token));
    },
    closing: () => {
      const usage = { ...head, choices: [], usage: toOpenAiUsage(generation) };
      return `${event({}, toFinishReason(generation))}${
        hasUsage ? toDataEvent(exchange, usage) : ""
      }data: [DONE]\n\n`;
    },
  });
}

function toHead(exchange: Exchange, { model }: Generation, object: string): object {
  const { backend } = exchange;
  const created = Math.floor(backend.now() / 1000);
  return { id: backend.nextId("chatcmpl"), object, created, model: model.id };
}

function toToolOpening({ backend }: Exchange, { toolCall }: Generation): object {
  if (!toolCall) return {};
  const call = { name: toolCall.name, arguments: "" };
  return {
    tool_calls: [{ index: 0, id: backend.nextId("call"), type: "function", function: call }],
  };
}

function toDelta({ backend }: Exchange, { kind, text }: Token): object {
  if (kind === "text") return { content: text };
  if (kind === "reasoning") return { [backend.traits.reasoningField]: text };
  return { tool_calls: [{ index: 0, function: { arguments: text } }] };
}
