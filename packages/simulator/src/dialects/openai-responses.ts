import type { Exchange } from "../exchange.ts";
import { type Generation, planText } from "../generation.ts";
import { awaitAnswer, streamAnswer, toNamedEvent } from "../token-stream.ts";
import { parseModelRequest } from "./model-request.ts";
import { toGenerationRequest } from "./openai-request.ts";

/** Answers `POST /v1/responses` with one text message; thinking and tool calls are left out. */
export async function createResponse(exchange: Exchange): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  const { body, model } = parsed;
  const generation = planText(model, toGenerationRequest(body));
  const { backend } = exchange;
  const base = {
    id: backend.nextId("resp"),
    object: "response",
    created_at: Math.floor(backend.now() / 1000),
    model: model.id,
  };
  const messageId = backend.nextId("msg");
  const finished = toFinished(base, messageId, generation);
  if (body["stream"] === true)
    return streamResponse(exchange, generation, { base, messageId, finished });
  await awaitAnswer(exchange, generation);
  return exchange.sendJson(finished);
}

interface ResponseParts {
  readonly base: object;
  readonly messageId: string;
  readonly finished: object;
}

async function streamResponse(
  exchange: Exchange,
  generation: Generation,
  { base, messageId, finished }: ResponseParts,
): Promise<void> {
  const isCut = generation.finish === "length";
  let sequence = 0;
  const event = (type: string, fields: object): string =>
    toNamedEvent(exchange, type, { sequence_number: sequence++, ...fields });
  const started = { ...base, status: "in_progress", output: [], usage: null };
  const place = { item_id: messageId, output_index: 0, content_index: 0 };
  const text = generation.textOf("text");
  await streamAnswer(exchange, generation, {
    contentType: "text/event-stream",
    preface:
      event("response.created", { response: started }) +
      event("response.in_progress", { response: started }),
    opening:
      event("response.output_item.added", {
        output_index: 0,
        item: { ...toMessage(messageId, ""), status: "in_progress", content: [] },
      }) + event("response.content_part.added", { ...place, part: toPart("") }),
    encode: (token) => event("response.output_text.delta", { ...place, delta: token.text }),
    closing: () =>
      event("response.output_text.done", { ...place, text }) +
      event("response.content_part.done", { ...place, part: toPart(text) }) +
      event("response.output_item.done", { output_index: 0, item: toMessage(messageId, text) }) +
      event(isCut ? "response.incomplete" : "response.completed", { response: finished }),
  });
}

function toFinished(base: object, messageId: string, generation: Generation): object {
  const { promptTokens, completionTokens, finish } = generation;
  const isCut = finish === "length";
  return {
    ...base,
    status: isCut ? "incomplete" : "completed",
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    output: [toMessage(messageId, generation.textOf("text"))],
    usage: {
      input_tokens: promptTokens,
      output_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

function toMessage(id: string, text: string): object {
  return { id, type: "message", status: "completed", role: "assistant", content: [toPart(text)] };
}

function toPart(text: string): object {
  return { type: "output_text", text, annotations: [] };
}
