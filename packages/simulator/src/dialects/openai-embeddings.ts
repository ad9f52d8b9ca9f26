import { embedText, toBase64 } from "../embedding.ts";
import type { Exchange } from "../exchange.ts";
import { toArray, toCount } from "../json-value.ts";
import { countPromptWords } from "../prompt.ts";
import { parseModelRequest } from "./model-request.ts";

/** Answers `POST /v1/embeddings`; `encoding_format` and `dimensions` are honoured. */
export async function createEmbeddings(exchange: Exchange): Promise<void> {
  const parsed = await parseModelRequest(exchange);
  if (!parsed) return;
  const { body, model } = parsed;
  const dimensions = toCount(body["dimensions"]) ?? model.embeddingDimensions;
  const isBase64 = body["encoding_format"] === "base64";
  const data = toTexts(body["input"]).map((text, index) => {
    const vector = embedText(text, dimensions);
    const embedding = isBase64 ? toBase64(vector) : Array.from(vector);
    return { object: "embedding", index, embedding };
  });
  const promptTokens = Math.max(1, countPromptWords(body["input"]));
  await exchange.sleep(model.firstTokenDelayMs);
  await exchange.sendJson({
    object: "list",
    data,
    model: model.id,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  });
}

/** The texts of an `input`: one text, several, one list of token numbers, or several. */
export function toTexts(input: unknown): readonly string[] {
  if (typeof input === "string") return [input];
  const items = toArray(input);
  if (typeof items[0] === "number") return [items.join(" ")];
  return items.map((item) => (typeof item === "string" ? item : toArray(item).join(" ")));
}
