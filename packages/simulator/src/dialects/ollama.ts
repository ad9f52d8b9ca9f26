import { embedText } from "../embedding.ts";
import type { Exchange } from "../exchange.ts";
import { countPromptWords } from "../prompt.ts";
import type { ErrorShape, Refusal } from "../refusal.ts";
import { get, infer, type Route } from "../router.ts";
import { parseModelRequest } from "./model-request.ts";
import { chat, generate } from "./ollama-generate.ts";
import { listRunning, listTags, showDetails } from "./ollama-models.ts";
import { toTexts } from "./openai-embeddings.ts";

/** Ollama's native paths. */
export function ollamaRoutes(): readonly Route[] {
  return [
    get("/", (exchange) => exchange.send(200, "text/plain; charset=utf-8", "Ollama is running")),
    get("/api/version", (exchange) => exchange.sendJson({ version: "0.14.2" })),
    get("/api/tags", listTags),
    get("/api/ps", listRunning),
    { method: "POST", path: "/api/show", handle: showDetails },
    infer("/api/chat", chat),
    infer("/api/generate", generate),
    infer("/api/embed", embed),
    infer("/api/embeddings", embedOne),
  ];
}

/** `{"error":"model 'pine:7b' not found"}` */
export function toOllamaError({ model, message }: Refusal): ReturnType<ErrorShape> {
  return { error: model === undefined ? message : `model '${model}' not found` };
}

async function embed(exchange: Exchange): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  const { body, model } = parsed;
  const embeddings = toTexts(body["input"]).map((text) =>
    Array.from(embedText(text, model.embeddingDimensions)),
  );
  await exchange.sleep(model.firstTokenDelayMs);
  await exchange.sendJson({
    model: model.id,
    embeddings,
    total_duration: 0,
    load_duration: 0,
    prompt_eval_count: Math.max(1, countPromptWords(body["input"])),
  });
}

async function embedOne(exchange: Exchange): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  const { body, model } = parsed;
  const [text = ""] = toTexts(body["prompt"]);
  await exchange.sleep(model.firstTokenDelayMs);
  await exchange.sendJson({ embedding: Array.from(embedText(text, model.embeddingDimensions)) });
}
