import type { BucketCounts } from "./bucket-grid.ts";
import type { Labels } from "./exposition-format.ts";
import type { Exposition } from "./exposition.ts";
import type { GenAiSnapshot } from "./gateway-snapshot.ts";
import { GEN_AI_SCALES } from "./gen-ai-rows.ts";

/** What stands for groups that were counted together, and for models that are no longer known. */
const OTHER = "other";
/** Who refused what no endpoint was asked for. */
const GATEWAY = "olla";
/** Model of a request whose model nobody has, or that names none. */
const UNKNOWN = "unknown";

/**
 * Adds the metrics of OpenTelemetry's conventions for generative AI, spelled as Prometheus does:
 * dots as underscores, the unit behind the name.
 */
export function writeGenAiMetrics(exposition: Exposition, groups: readonly GenAiSnapshot[]): void {
  const { duration, firstToken, outputToken, input } = GEN_AI_SCALES;
  const durations = exposition.buckets(
    "gen_ai_server_request_duration_seconds",
    duration.bounds,
    "Requests for generation, from the request line to the last byte.",
  );
  const firstTokens = exposition.buckets(
    "gen_ai_server_time_to_first_token_seconds",
    firstToken.bounds,
    "Successful requests, to the first token.",
  );
  const outputTokens = exposition.buckets(
    "gen_ai_server_time_per_output_token_seconds",
    outputToken.bounds,
    "Successful requests, per token after the first one.",
  );
  const usage = exposition.buckets(
    "gen_ai_client_token_usage",
    input.bounds,
    "Tokens of requests, as the backends count them.",
  );
  for (const group of groups) {
    const labels = labelsOf(group);
    const error = group.error === undefined ? {} : { error_type: group.error };
    durations.sample({ ...labels, ...error }, group.duration);
    if (hasValues(group.firstToken)) firstTokens.sample(labels, group.firstToken);
    if (hasValues(group.outputToken)) outputTokens.sample(labels, group.outputToken);
    for (const type of ["input", "output"] as const) {
      if (hasValues(group[type])) usage.sample({ ...labels, gen_ai_token_type: type }, group[type]);
    }
  }
}

/** What was never counted would only be a line more. */
function hasValues({ counts }: BucketCounts): boolean {
  return counts.some((count) => count > 0);
}

function labelsOf({ operation, provider, modelSlot, model, isRest }: GenAiSnapshot): Labels {
  return {
    gen_ai_operation_name: operation,
    gen_ai_provider_name: isRest ? OTHER : (provider ?? GATEWAY),
    gen_ai_request_model: isRest ? OTHER : (model ?? (modelSlot === undefined ? UNKNOWN : OTHER)),
  };
}
