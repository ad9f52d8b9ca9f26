import type { JsonObject, JsonValue } from "../conversation.ts";
import type { WrittenRequest } from "../dialect.ts";
import { Fields } from "../json/fields.ts";
import { isArray, isJsonObject, toNumber } from "../json/json-value.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { readUsage } from "../usage/read-usage.ts";
import { toBase64Vector } from "./base64-vector.ts";
import type { EmbeddingDialect, EmbeddingReply, EmbeddingRequest } from "./embedding-dialect.ts";
import { notEmbeddings, readModel, readNumbers, readVector } from "./read-vector.ts";

/** `POST /v1/embeddings`. */
export const openaiEmbeddings: EmbeddingDialect = {
  name: "openai-embeddings",
  parseRequest,
  writeRequest,
  parseReply,
  writeReply,
};

function parseRequest(json: JsonValue): EmbeddingRequest {
  const body = Fields.ofBody(json);
  return {
    model: body.requiredName("model"),
    input: parseInput(body),
    dimensions: body.optionalInteger("dimensions", { min: 1 }),
    encoding: body.optionalChoice("encoding_format", ["float", "base64"]) ?? "float",
    user: body.optionalText("user"),
    truncate: undefined,
    dropped: [],
  };
}

function parseInput(body: Fields): readonly string[] {
  const input = body.value("input");
  if (input === undefined) return body.refuse("input", "is required");
  if (typeof input === "string") return [input];
  if (!isArray(input)) return body.refuse("input", "must be a text or a list of texts");
  if (input.length === 0) return body.refuse("input", "must hold at least one text");
  if (input.every((item) => typeof item === "string")) return input;
  return body.refuse("input", "must be texts: the selected backend cannot embed lists of tokens");
}

/** Asks for numbers: not every server knows `base64`. */
function writeRequest({
  model,
  input,
  dimensions,
  user,
  truncate,
}: EmbeddingRequest): WrittenRequest {
  const body = withoutUndefined({ model, input, encoding_format: "float", dimensions, user });
  return { body, dropped: truncate === undefined ? [] : ["truncate"] };
}

function parseReply(body: JsonValue): EmbeddingReply {
  const model = readModel(body);
  const { data, usage } = isJsonObject(body) ? body : {};
  if (!isArray(data)) throw notEmbeddings();
  const entries = data.map((item, position) => {
    if (!isJsonObject(item)) throw notEmbeddings();
    return { index: toNumber(item["index"]) ?? position, vector: readVector(item["embedding"]) };
  });
  return {
    model,
    vectors: entries.toSorted((a, b) => a.index - b.index).map(({ vector }) => vector),
    inputTokens: readUsage(usage)?.inputTokens,
    timings: undefined,
  };
}

function writeReply(
  { model, vectors, inputTokens = 0 }: EmbeddingReply,
  { encoding }: EmbeddingRequest,
  context: { readonly model: string },
): JsonObject {
  const data = vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: encoding === "base64" ? toBase64Vector(vector) : vector,
  }));
  return {
    object: "list",
    data,
    model: model === "" ? context.model : model,
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
  };
}

/**
 * The answer with its vectors in base64, for clients that asked for that and
 * backends that paid no heed: client libraries decode a list of numbers to an
 * empty vector. Everything else, and a body of another shape, stays as it is.
 */
export function withBase64Vectors(body: JsonValue): JsonValue {
  if (!isJsonObject(body) || !isArray(body["data"])) return body;
  return { ...body, data: body["data"].map(encodeEntry) };
}

function encodeEntry(entry: JsonValue): JsonValue {
  const vector = isJsonObject(entry) ? entry["embedding"] : undefined;
  if (!isJsonObject(entry) || !isArray(vector)) return entry;
  const numbers = readNumbers(vector);
  return numbers === undefined ? entry : { ...entry, embedding: toBase64Vector(numbers) };
}
