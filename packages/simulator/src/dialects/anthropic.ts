import type { Exchange } from "../exchange.ts";
import type { Model } from "../model.ts";
import { type ErrorShape, toAnthropicError } from "../refusal.ts";
import { get, infer, type Route } from "../router.ts";
import { countTokens, createMessage } from "./anthropic-messages.ts";
import { requireModel } from "./model-request.ts";
import { CREATED_SECONDS } from "./openai-models.ts";

/** How one server offers the Messages dialect. */
export interface AnthropicRouteOptions {
  /** Path before `/messages`. Default `/v1`. */
  readonly base?: string;
  /** Whether `/messages/count_tokens` exists. */
  readonly countsTokens: boolean;
  /** Default: Anthropic's own shape. */
  readonly errors?: ErrorShape;
}

/** Messages and, where the server has it, token counting. */
export function messagesRoutes({
  base = "/v1",
  countsTokens,
  errors = toAnthropicError,
}: AnthropicRouteOptions): readonly Route[] {
  const counting = infer(`${base}/messages/count_tokens`, countTokens, errors);
  return [infer(`${base}/messages`, createMessage, errors), ...(countsTokens ? [counting] : [])];
}

/** Everything a native Anthropic server answers. */
export function anthropicRoutes(): readonly Route[] {
  return [
    get("/v1/models", listModels),
    get("/v1/models/*", async (exchange) => {
      const model = await requireModel(exchange, exchange.path.slice("/v1/models/".length));
      if (model) await exchange.sendJson(toEntry(model));
    }),
    ...messagesRoutes({ countsTokens: true }),
  ];
}

async function listModels(exchange: Exchange): Promise<void> {
  const data = exchange.backend.models().map(toEntry);
  const first = data[0]?.id ?? null;
  const last = data.at(-1)?.id ?? null;
  await exchange.sendJson({ data, has_more: false, first_id: first, last_id: last });
}

/** `{"type":"model","id":"pine-7b","display_name":"pine-7b","created_at":"2026-01-01T00:00:00.000Z"}` */
function toEntry({ id }: Model): { readonly id: string } & Readonly<Record<string, string>> {
  const createdAt = new Date(CREATED_SECONDS * 1000).toISOString();
  return { type: "model", id, display_name: id, created_at: createdAt };
}
