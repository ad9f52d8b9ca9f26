import { holdsContent, UsageTail } from "@olla-ts/dialects";
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

  holdsContent(chunk: Uint8Array): boolean {
    return holdsContent(chunk);
  }

  figures(): AnswerFigures {
    const usage = this.#tail.usage();
    const read = this.#read(usage !== undefined);
    const endsInError = this.#tail.endsInError();
    this.#tail.release();
    return {
      usage: usage ?? toUsage(read?.inputTokens, read?.outputTokens),
      tokensPerSecond: read?.tokensPerSecond,
      firstTokenMs: read?.firstTokenMs,
      endsInError,
    };
  }

  /** What the profile knows to read, if it can tell more than the usage. */
  #read(hasUsage: boolean): ReturnType<MetricsExtraction["read"]> | undefined {
    const extraction = this.#extraction;
    if (extraction === undefined) return undefined;
    if (hasUsage && !this.#tail.mentions(extraction.timeNames)) return undefined;
    return extraction.read(this.#tail.lastValues(extraction.names));
  }
}

function toUsage(
  inputTokens: number | undefined,
  outputTokens: number | undefined,
): TokenUsage | undefined {
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
}
