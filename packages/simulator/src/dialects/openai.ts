import type { ErrorShape } from "../refusal.ts";
import { get, infer, type Route } from "../router.ts";
import { chatCompletion } from "./openai-chat.ts";
import { textCompletion } from "./openai-completions.ts";
import { createEmbeddings } from "./openai-embeddings.ts";
import { listModels, type ModelEntry, showModel } from "./openai-models.ts";
import { createResponse } from "./openai-responses.ts";

/** How one server offers the OpenAI dialect. */
export interface OpenAiRouteOptions {
  /** Path before `/models`. Default `/v1`. */
  readonly base?: string;
  readonly toEntry: ModelEntry;
  /** Shape of errors below `base`; default: the kind's. */
  readonly errors?: ErrorShape;
}

/** Models, chat, completions, embeddings and responses below one path. */
export function openAiRoutes({
  base = "/v1",
  toEntry,
  errors,
}: OpenAiRouteOptions): readonly Route[] {
  const shape = errors && { errors };
  return [
    { ...get(`${base}/models`, (exchange) => listModels(exchange, toEntry)), ...shape },
    {
      ...get(`${base}/models/*`, (exchange) => showModel(exchange, `${base}/models/`, toEntry)),
      ...shape,
    },
    infer(`${base}/chat/completions`, chatCompletion, errors),
    infer(`${base}/completions`, textCompletion, errors),
    infer(`${base}/embeddings`, createEmbeddings, errors),
    infer(`${base}/responses`, createResponse, errors),
  ];
}
