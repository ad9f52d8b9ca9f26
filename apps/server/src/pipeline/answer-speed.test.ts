import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import type { AnswerFigures } from "./answer-figures.ts";
import { answerSpeed, type MeasuredExchange } from "./answer-speed.ts";

const UNKNOWN = { tokensPerSecond: undefined, firstTokenMs: undefined };

const STREAM = { headers: ["Content-Type", "text/event-stream"] };

function makeFigures(over: Partial<AnswerFigures> = {}): AnswerFigures {
  return {
    usage: undefined,
    tokensPerSecond: undefined,
    firstTokenMs: undefined,
    endsInError: false,
    ...over,
  };
}

/** A stream of 21 tokens: begun after 100 ms, with content after 300, over after 500. */
function makeExchange(over: Partial<MeasuredExchange> = {}): MeasuredExchange {
  return {
    error: undefined,
    response: { statusCode: 200 },
    upstream: STREAM,
    figures: makeFigures(),
    usage: { inputTokens: 3, outputTokens: 21 },
    startedAt: 1_000,
    firstByteAt: 1_100,
    firstTokenAt: 1_300,
    lastPartAt: 1_500,
    ...over,
  };
}

describe("answerSpeed", () => {
  it("PV-58 is measured from the first content of a stream to its last part", () => {
    expect(answerSpeed(makeExchange())).toEqual({ tokensPerSecond: 100, firstTokenMs: 300 });
    expect(answerSpeed(makeExchange({ firstTokenAt: undefined }))).toEqual({
      tokensPerSecond: 50,
      firstTokenMs: 100,
    });
  });

  it("tells the time to the first token of a stream that states no tokens", () => {
    expect(answerSpeed(makeExchange({ usage: undefined }))).toEqual({
      tokensPerSecond: undefined,
      firstTokenMs: 300,
    });
  });

  it.each([1_300, 1_301.5, 1_309])(
    "measures no speed of parts that came at once (until %s)",
    (lastPartAt) => {
      expect(answerSpeed(makeExchange({ lastPartAt }))).toEqual({
        tokensPerSecond: undefined,
        firstTokenMs: 300,
      });
    },
  );

  it("prefers what the backend states", () => {
    const figures = makeFigures({ tokensPerSecond: 7, firstTokenMs: 8 });
    expect(answerSpeed(makeExchange({ figures }))).toEqual({
      tokensPerSecond: 7,
      firstTokenMs: 8,
    });
  });

  it.each<[string, Partial<MeasuredExchange>]>([
    ["an error", { error: new ProxyError("upstream_error", "gone") }],
    ["a refusal", { response: { statusCode: 404 } }],
    ["an answer that is no stream", { upstream: { headers: [] } }],
    [
      "a stream that was held back",
      {
        upstream: { headers: [...STREAM.headers, "Content-Length", "9"] },
      },
    ],
    ["an answer without tokens", { figures: undefined }],
  ])("tells nothing of %s", (_, over) => {
    expect(answerSpeed(makeExchange(over))).toEqual(UNKNOWN);
  });
});
