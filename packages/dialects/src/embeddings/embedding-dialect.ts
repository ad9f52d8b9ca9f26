import type { JsonValue } from "../conversation.ts";
import type { ReplyContext, WrittenRequest } from "../dialect.ts";
import type { ReplyTimings } from "../reply.ts";

/** Texts to turn into vectors, in no particular dialect. */
export interface EmbeddingRequest {
  readonly model: string;
  /** Empty only from Ollama clients, for whom it loads the model: there is nothing to ask a backend. */
  readonly input: readonly string[];
  /** Length of the vectors; undefined leaves it to the model. */
  readonly dimensions: number | undefined;
  /** How the client wants vectors written, where its dialect leaves it the choice. */
  readonly encoding: "float" | "base64";
  readonly user: string | undefined;
  /** Whether too long a text is cut rather than refused; undefined leaves it to the backend. */
  readonly truncate: boolean | undefined;
  /** Fields of the client's dialect that have no place here, as the client spells them. */
  readonly dropped: readonly string[];
}

/** Vectors in the order of the texts. */
export interface EmbeddingReply {
  /** Empty when the backend does not say. */
  readonly model: string;
  readonly vectors: readonly (readonly number[])[];
  readonly inputTokens: number | undefined;
  readonly timings: ReplyTimings | undefined;
}

/** Reads and writes one dialect's embeddings. */
export interface EmbeddingDialect {
  readonly name: "openai-embeddings" | "ollama-embed" | "ollama-embeddings";
  /**
   * @param body parsed by `parseJson`
   * @throws ProxyError `invalid_request` naming the field
   */
  parseRequest(body: JsonValue): EmbeddingRequest;
  /** @throws ProxyError `invalid_request` when the dialect cannot ask for it */
  writeRequest(request: EmbeddingRequest): WrittenRequest;
  /** @throws ProxyError `upstream_protocol` when the body is no answer of the dialect */
  parseReply(body: JsonValue): EmbeddingReply;
  /** @param request the client's, for what it wants the answer to look like */
  writeReply(
    reply: EmbeddingReply,
    request: EmbeddingRequest,
    context: Pick<ReplyContext, "model" | "elapsedMs">,
  ): JsonValue;
}
