import { UsageTail } from "@olla-ts/dialects";
import type { MetricsExtraction } from "@olla-ts/providers";

import type { AnswerFigures } from "./pipeline/answer-figures.ts";
import type { TokenUsage } from "./pipeline/translation.ts";
import type { UsageReader } from "./pipeline/usage-reader.ts";

/**
 * Reads tokens and speed out of answers.
 *
 * @param extractions what the profile of each type says about its answers
 */
export function createUsageReaders(
  extractions: ReadonlyMap<string, MetricsExtraction>,
): (type: string) => UsageReader {
  return (type) => new AnswerReader(extractions.get(type));
}

class AnswerReader implements UsageReader {
  readonly #tail = new UsageTail();
  readonly #extraction: MetricsExtraction | undefined;

  constructor(extraction: MetricsExtraction | undefined) {
    this.#extraction = extraction;
  }

  push(chunk: Uint8Array): void {
    this.#tail.push(chunk);
  }

  figures(): AnswerFigures {
    const extraction = this.#extraction;
    const read = extraction?.read(this.#tail.lastValues(extraction.names));
    return {
      usage: this.#tail.usage() ?? toUsage(read?.inputTokens, read?.outputTokens),
      tokensPerSecond: read?.tokensPerSecond,
      firstTokenMs: read?.firstTokenMs,
    };
  }
}

function toUsage(
  inputTokens: number | undefined,
  outputTokens: number | undefined,
): TokenUsage | undefined {
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
}
