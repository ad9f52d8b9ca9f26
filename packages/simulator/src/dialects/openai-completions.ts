import type { Exchange } from "../exchange.ts";
import { planText } from "../generation.ts";
import { toObject } from "../json-value.ts";
import { awaitAnswer, streamAnswer, toDataEvent } from "../token-stream.ts";
import { parseModelRequest } from "./model-request.ts";
import { toFinishReason, toGenerationRequest, toOpenAiUsage } from "./openai-request.ts";

/** Answers `POST /v1/completions`. */
export async function textCompletion(exchange: Exchange): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  const { body, model } = parsed;
  const generation = planText(model, toGenerationRequest(body));
  const head = {
    id: exchange.backend.nextId("cmpl"),
    object: "text_completion",
    created: Math.floor(exchange.backend.now() / 1000),
    model: model.id,
  };
  const choices = (text: string, finishReason: string | null): object => ({
    ...head,
    choices: [{ index: 0, text, logprobs: null, finish_reason: finishReason }],
  });
  if (body["stream"] !== true) {
    await awaitAnswer(exchange, generation);
    const answer = choices(generation.textOf("text"), toFinishReason(generation));
    return exchange.sendJson({ ...answer, usage: toOpenAiUsage(generation) });
  }
  const hasUsage = toObject(body["stream_options"])["include_usage"] === true;
  const usage = { ...head, choices: [], usage: toOpenAiUsage(generation) };
  return streamAnswer(exchange, generation, {
    contentType: "text/event-stream",
    encode: ({ text }) => toDataEvent(exchange, choices(text, null)),
    closing: () =>
      `${toDataEvent(exchange, choices("", toFinishReason(generation)))}${
        hasUsage ? toDataEvent(exchange, usage) : ""
      }data: [DONE]\n\n`,
  });
}
