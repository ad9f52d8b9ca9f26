import type { TranslatorFigures } from "@olla-ts/core/ports";

import type { Services } from "../http/services.ts";

const HOUR_MS = 3_600_000;

/** The document of `/internal/stats/translators`. */
export function translatorStats(services: Services): object {
  const { clock, format, successPercent } = services;
  const now = clock.wallTime();
  const used = services
    .translators()
    .toSorted((a, b) => b.traffic.requests - a.traffic.requests || a.name.localeCompare(b.name));
  const sum = (pick: (figures: TranslatorFigures) => number): number =>
    used.reduce((total, figures) => total + pick(figures), 0);
  const requests = sum(({ traffic }) => traffic.requests);
  const passthrough = sum((figures) => figures.passthrough);
  const streaming = sum((figures) => figures.streaming);
  return {
    timestamp: new Date(now).toISOString(),
    translators: used.map((figures) => translatorEntry(figures, services)),
    summary: {
      total_translators: used.length,
      active_translators: used.filter(({ traffic }) => now - (traffic.lastUsedAt ?? 0) < HOUR_MS)
        .length,
      total_requests: requests,
      overall_success_rate: format.percent(
        successPercent({
          succeeded: sum(({ traffic }) => traffic.succeeded),
          failed: sum(({ traffic }) => traffic.failed),
        }),
      ),
      overall_passthrough_rate: format.percent(share(passthrough, requests)),
      total_passthrough: passthrough,
      total_translations: sum((figures) => figures.translated),
      total_streaming: streaming,
      total_non_streaming: requests - streaming,
      total_input_tokens: sum(({ traffic }) => traffic.inputTokens),
      total_output_tokens: sum(({ traffic }) => traffic.outputTokens),
    },
  };
}

function translatorEntry(
  figures: TranslatorFigures,
  { clock, format, successPercent }: Services,
): object {
  const { name, traffic, passthrough, streaming, fallbacks, firstToken } = figures;
  return {
    translator_name: name,
    total_requests: traffic.requests,
    successful_requests: traffic.succeeded,
    failed_requests: traffic.failed,
    refused_requests: traffic.refused,
    aborted_requests: traffic.aborted,
    success_rate: format.percent(successPercent(traffic)),
    passthrough_requests: passthrough,
    translation_requests: figures.translated,
    passthrough_rate: format.percent(share(passthrough, traffic.requests)),
    streaming_requests: streaming,
    non_streaming_requests: traffic.requests - streaming,
    fallback_no_compatible_endpoints: fallbacks.no_compatible_endpoints,
    fallback_translator_does_not_support_passthrough:
      fallbacks.translator_does_not_support_passthrough,
    fallback_cannot_passthrough: fallbacks.cannot_passthrough,
    average_latency: format.latency(traffic.latency.averageMs),
    average_time_to_first_token: format.latency(firstToken.averageMs),
    p95_time_to_first_token: format.latency(firstToken.p95Ms),
    responses_by_status: figures.statuses,
    input_tokens: traffic.inputTokens,
    output_tokens: traffic.outputTokens,
    dropped_fields: Object.fromEntries(figures.dropped),
    last_requested: format.ago(traffic.lastUsedAt, clock.wallTime()),
  };
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : (part / whole) * 100;
}
