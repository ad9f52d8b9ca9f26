import type { LiveReport } from "@olla-ts/core/ports";

/** What a topic tells now. */
export interface TopicReading {
  /** A document as JSON. */
  readonly text: string;
  /** Where to go on the next time; undefined when the document is always whole. */
  readonly next: number | undefined;
}

/** A part of the report that a page can follow. */
export interface LiveTopic {
  readonly name: keyof LiveReport;
  /** How often it may change for a page that looks at it. */
  readonly everyMs: number;
  /** @param from number of the first entry wanted, where the topic has numbers */
  readonly read: (from: number) => TopicReading;
}

/** Views of the page and the topics that each needs. */
export const VIEWS: Readonly<Record<string, readonly (keyof LiveReport)[]>> = {
  overview: ["overview", "history", "endpoints"],
  endpoints: ["overview", "endpoints"],
  models: ["overview", "models"],
  requests: ["overview", "requests"],
  limits: ["overview", "limits"],
  configuration: ["overview", "configuration"],
};

/** A topic whose document is always told as a whole. */
export function wholeTopic(
  name: keyof LiveReport,
  everyMs: number,
  report: () => unknown,
): LiveTopic {
  return { name, everyMs, read: () => ({ text: JSON.stringify(report()), next: undefined }) };
}
