import { type ModelEntry, toOpenAiEntry } from "../dialects/openai-models.ts";
import type { Exchange } from "../exchange.ts";
import type { ErrorShape, Refusal, RefusalReason } from "../refusal.ts";
import { get, type Route } from "../router.ts";

const SLOTS = 4;
const BUILD = "b11549-simulated";

/** llama.cpp's list entry. */
export const toLlamaCppEntry: ModelEntry = (model, backend) => ({
  ...toOpenAiEntry(model, backend),
  meta: {
    vocab_type: 2,
    n_vocab: 32_000,
    n_ctx_train: model.contextLength,
    n_embd: model.embeddingDimensions,
    n_params: Math.round(Number.parseFloat(model.parameterSize) * 1e9),
    size: model.sizeBytes,
  },
});

/** Health, properties and slots of a server with four slots. */
export function llamaCppRoutes(): readonly Route[] {
  return [
    get("/health", (exchange) => exchange.sendJson({ status: "ok" })),
    get("/v1/health", (exchange) => exchange.sendJson({ status: "ok" })),
    get("/props", sendProperties),
    get("/slots", sendSlots),
  ];
}

const errorTypes: Readonly<Record<RefusalReason, string>> = {
  "not-found": "not_found_error",
  "unknown-model": "not_found_error",
  "invalid-request": "invalid_request_error",
  unavailable: "unavailable_error",
  internal: "server_error",
};

/** `{"error":{"message":"File Not Found","type":"not_found_error","code":404}}` */
export function toLlamaCppError({ status, reason, message }: Refusal): ReturnType<ErrorShape> {
  const text = reason === "not-found" ? "File Not Found" : message;
  return { error: { message: text, type: errorTypes[reason], code: status } };
}

async function sendProperties(exchange: Exchange): Promise<void> {
  const [model] = exchange.backend.models();
  await exchange.sendJson({
    default_generation_settings: { n_ctx: model?.contextLength ?? 0, params: {} },
    total_slots: SLOTS,
    model_alias: model?.id ?? "",
    model_path: `/models/${model?.id ?? ""}`,
    chat_template: "",
    build_info: BUILD,
  });
}

async function sendSlots(exchange: Exchange): Promise<void> {
  const { backend, query } = exchange;
  const running = backend.running();
  if (query.get("fail_on_no_slot") === "1" && running >= SLOTS) {
    const message = "no slot available";
    return exchange.refuse({ status: 503, reason: "unavailable", message });
  }
  const contextLength = backend.models()[0]?.contextLength ?? 0;
  return exchange.sendJson(
    Array.from({ length: SLOTS }, (_, id) => ({
      id,
      n_ctx: contextLength,
      is_processing: id < running,
    })),
  );
}
