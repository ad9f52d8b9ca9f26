import { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";
import type { WrittenRequest } from "../dialect.ts";
import { Fields } from "../json/fields.ts";
import { isArray, isJsonObject, toNumber } from "../json/json-value.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import type { EmbeddingDialect, EmbeddingReply, EmbeddingRequest } from "./embedding-dialect.ts";
import { notEmbeddings, readModel, readVector } from "./read-vector.ts";

const NS_PER_MS = 1e6;

/** `POST /api/embed`: any number of texts. */
export const ollamaEmbed: EmbeddingDialect = {
  name: "ollama-embed",
  parseRequest: (json) => {
    const body = Fields.ofBody(json);
    const input = body.value("input");
    return parseRequest(body, typeof input === "string" ? [input] : body.texts("input"));
  },
  writeRequest: ({ model, input, dimensions, truncate, user }) => ({
    body: withoutUndefined({ model, input, dimensions, truncate }),
    dropped: named({ user }),
  }),
  parseReply: (body) => {
    const model = readModel(body);
    const { embeddings } = fieldsOf(body);
    if (!isArray(embeddings)) throw notEmbeddings();
    return { model, vectors: embeddings.map(readVector), ...readCounts(body) };
  },
  writeReply: ({ model, vectors, inputTokens, timings }, _request, context) => ({
    model: model === "" ? context.model : model,
    embeddings: vectors,
    total_duration: timings?.totalNs ?? Math.round(context.elapsedMs() * NS_PER_MS),
    load_duration: timings?.loadNs ?? 0,
    prompt_eval_count: inputTokens ?? 0,
  }),
};

/** `POST /api/embeddings`, the older route: one text. */
export const ollamaEmbeddings: EmbeddingDialect = {
  name: "ollama-embeddings",
  parseRequest: (json) => {
    const body = Fields.ofBody(json);
    const prompt = body.optionalText("prompt") ?? "";
    return parseRequest(body, prompt === "" ? [] : [prompt]);
  },
  writeRequest: writeSingle,
  parseReply: (body) => {
    const model = readModel(body);
    return { model, vectors: [readVector(fieldsOf(body)["embedding"])], ...readCounts(body) };
  },
  writeReply: ({ vectors }) => ({ embedding: vectors[0] ?? [] }),
};

function parseRequest(body: Fields, input: readonly string[]): EmbeddingRequest {
  return {
    model: body.requiredName("model"),
    input,
    dimensions: body.optionalInteger("dimensions", { min: 1 }),
    encoding: "float",
    user: undefined,
    truncate: body.optionalBoolean("truncate"),
    dropped: ["keep_alive", "options"].filter((name) => body.has(name)),
  };
}

function writeSingle(request: EmbeddingRequest): WrittenRequest {
  const { model, input, dimensions, truncate, user } = request;
  const [prompt] = input;
  if (prompt === undefined || input.length > 1) {
    throw new ProxyError(
      "invalid_request",
      "input: must be one text: the selected backend embeds one per request",
    );
  }
  return { body: { model, prompt }, dropped: named({ dimensions, truncate, user }) };
}

/** Names of the fields that are set. */
function named(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(fields).filter((name) => fields[name] !== undefined);
}

function readCounts(body: JsonValue): Pick<EmbeddingReply, "inputTokens" | "timings"> {
  const { prompt_eval_count: count, total_duration: total, load_duration: load } = fieldsOf(body);
  const totalNs = toNumber(total);
  return {
    inputTokens: toNumber(count),
    timings: totalNs === undefined ? undefined : { totalNs, loadNs: toNumber(load) },
  };
}

function fieldsOf(body: JsonValue): JsonObject {
  return isJsonObject(body) ? body : {};
}
