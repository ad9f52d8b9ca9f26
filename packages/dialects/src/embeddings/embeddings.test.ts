import { ProxyError } from "@olla-ts/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import { parseBase64Vector, toBase64Vector } from "./base64-vector.ts";
import type { EmbeddingDialect, EmbeddingReply, EmbeddingRequest } from "./embedding-dialect.ts";
import { ollamaEmbed, ollamaEmbeddings } from "./ollama-embeddings.ts";
import { openaiEmbeddings, withBase64Vectors } from "./openai-embeddings.ts";

const CONTEXT = { model: "pine", elapsedMs: (): number => 5 };

function makeRequest(over: Partial<EmbeddingRequest> = {}): EmbeddingRequest {
  return {
    model: "pine-embed",
    input: ["a", "b"],
    dimensions: undefined,
    encoding: "float",
    user: undefined,
    truncate: undefined,
    dropped: [],
    ...over,
  };
}

function makeReply(over: Partial<EmbeddingReply> = {}): EmbeddingReply {
  const vectors = [
    [0.5, -1],
    [2, 0],
  ];
  return { model: "pine-embed", vectors, inputTokens: 7, timings: undefined, ...over };
}

function errorOf(act: () => unknown): ProxyError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof ProxyError) return thrown;
    throw thrown;
  }
  throw new Error("accepted");
}

/** What is thrown beside the one error that is allowed. */
function unexpectedFrom(act: () => unknown): unknown {
  try {
    act();
  } catch (thrown) {
    return thrown instanceof ProxyError ? undefined : thrown;
  }
  return undefined;
}

describe("openaiEmbeddings", () => {
  it("reads a request", () => {
    const body = {
      model: "pine-embed",
      input: "a",
      dimensions: 2,
      encoding_format: "base64",
      user: "u",
    };
    expect(openaiEmbeddings.parseRequest(body)).toEqual(
      makeRequest({ input: ["a"], dimensions: 2, encoding: "base64", user: "u" }),
    );
  });

  it.each([
    { input: null, message: "input: is required" },
    { input: 5, message: "input: must be a text or a list of texts" },
    { input: [], message: "input: must hold at least one text" },
    {
      input: [1, 2],
      message: "input: must be texts: the selected backend cannot embed lists of tokens",
    },
  ])("refuses the input $input", ({ input, message }) => {
    const error = errorOf(() => openaiEmbeddings.parseRequest({ model: "m", input }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "invalid_request",
      message,
    });
  });

  it("asks a backend for numbers and names what it cannot say", () => {
    const request = makeRequest({ dimensions: 2, truncate: true, encoding: "base64" });
    expect(openaiEmbeddings.writeRequest(request)).toEqual({
      body: { model: "pine-embed", input: ["a", "b"], encoding_format: "float", dimensions: 2 },
      dropped: ["truncate"],
    });
  });

  it("reads an answer by index, numbers and base64 alike", () => {
    const body = {
      model: "pine-embed",
      data: [
        { index: 1, embedding: toBase64Vector([2, 0]) },
        { index: 0, embedding: [0.5, -1] },
      ],
      usage: { prompt_tokens: 7, total_tokens: 7 },
    };
    expect(openaiEmbeddings.parseReply(body)).toEqual(makeReply());
  });

  it("TR-72 writes base64 of little-endian floats to clients that ask for it", () => {
    const reply = makeReply({ vectors: [[1, -2.5]] });
    expect(
      openaiEmbeddings.writeReply(reply, makeRequest({ encoding: "base64" }), CONTEXT),
    ).toEqual({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: "AACAPwAAIMA=" }],
      model: "pine-embed",
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
  });

  it("TR-72 encodes the numbers of a backend that paid no heed, and nothing else", () => {
    const body = parseJson(
      '{"object":"list","data":[{"index":0,"embedding":[1,-2.5]},{"index":1,"embedding":"AAAA"},{"embedding":["x"]},7],"usage":{"prompt_tokens":12345678901234567890}}',
    );
    expect(JSON.stringify(withBase64Vectors(body))).toBe(
      '{"object":"list","data":[{"index":0,"embedding":"AACAPwAAIMA="},{"index":1,"embedding":"AAAA"},{"embedding":["x"]},7],"usage":{"prompt_tokens":12345678901234567890}}',
    );
    expect(withBase64Vectors("no embeddings")).toBe("no embeddings");
  });
});

describe("ollamaEmbed", () => {
  it("reads a request with one text or several, and names what is Ollama's alone", () => {
    const body = { model: "pine-embed", input: "a", truncate: false, options: {}, keep_alive: 5 };
    expect(ollamaEmbed.parseRequest(body)).toEqual(
      makeRequest({ input: ["a"], truncate: false, dropped: ["keep_alive", "options"] }),
    );
    expect(ollamaEmbed.parseRequest({ model: "m", input: ["a", "b"] }).input).toEqual(["a", "b"]);
    expect(ollamaEmbed.parseRequest({ model: "m" }).input).toEqual([]);
  });

  it("writes a request", () => {
    expect(ollamaEmbed.writeRequest(makeRequest({ dimensions: 2, user: "u" }))).toEqual({
      body: { model: "pine-embed", input: ["a", "b"], dimensions: 2 },
      dropped: ["user"],
    });
  });

  it("reads an answer with its durations", () => {
    const body = {
      model: "pine-embed",
      embeddings: [
        [0.5, -1],
        [2, 0],
      ],
      prompt_eval_count: 7,
      total_duration: 900,
      load_duration: 100,
    };
    expect(ollamaEmbed.parseReply(body)).toEqual(
      makeReply({ timings: { totalNs: 900, loadNs: 100 } }),
    );
  });

  it("writes an answer with whole nanoseconds", () => {
    const reply = makeReply({ model: "", inputTokens: undefined });
    expect(ollamaEmbed.writeReply(reply, makeRequest(), CONTEXT)).toEqual({
      model: "pine",
      embeddings: reply.vectors,
      total_duration: 5_000_000,
      load_duration: 0,
      prompt_eval_count: 0,
    });
  });
});

describe("ollamaEmbeddings", () => {
  it("reads and writes one text and one vector", () => {
    const request = ollamaEmbeddings.parseRequest({ model: "pine-embed", prompt: "a" });
    expect(request).toEqual(makeRequest({ input: ["a"] }));
    expect(ollamaEmbeddings.writeRequest(makeRequest({ input: ["a"], dimensions: 2 }))).toEqual({
      body: { model: "pine-embed", prompt: "a" },
      dropped: ["dimensions"],
    });
    expect(ollamaEmbeddings.parseReply({ embedding: [0.5, -1] }).vectors).toEqual([[0.5, -1]]);
    expect(ollamaEmbeddings.writeReply(makeReply(), request, CONTEXT)).toEqual({
      embedding: [0.5, -1],
    });
  });

  it("refuses several texts", () => {
    expect(errorOf(() => ollamaEmbeddings.writeRequest(makeRequest())).message).toBe(
      "input: must be one text: the selected backend embeds one per request",
    );
  });
});

describe("embedding dialects", () => {
  const dialects: readonly EmbeddingDialect[] = [openaiEmbeddings, ollamaEmbed, ollamaEmbeddings];

  it.each(dialects)("$name throws nothing but ProxyError, whatever it is given", (dialect) => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom("model", "input", "prompt", "data", "embeddings", "embedding", "usage"),
        fc.oneof(fc.string(), fc.jsonValue()),
      ),
    );
    fc.assert(
      fc.property(body, (value) => {
        const parsed = parseJson(JSON.stringify(value));
        const reads = [
          (): unknown => dialect.parseRequest(parsed),
          (): unknown => dialect.parseReply(parsed),
        ];
        expect(reads.map(unexpectedFrom)).toEqual([undefined, undefined]);
      }),
    );
  });

  it.each<{ readonly body: JsonValue }>([
    { body: null },
    { body: {} },
    { body: { data: [5], embeddings: 5, embedding: "?" } },
    { body: { data: [{ embedding: "AAA" }], embeddings: ["!"], embedding: [null] } },
  ])("refuses $body as no answer", ({ body }) => {
    for (const dialect of dialects) {
      expect(errorOf(() => dialect.parseReply(body)).code).toBe("upstream_protocol");
    }
  });

  it("reads back the vectors it wrote in base64, to the precision of 32 bits", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (vector) => {
        expect(parseBase64Vector(toBase64Vector(vector))).toEqual(vector);
      }),
    );
  });
});
