import { writeEndpointMetrics } from "./endpoint-metrics.ts";
import { createExposition, type Exposition } from "./exposition.ts";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";
import { writeGenAiMetrics } from "./gen-ai-metrics.ts";
import { writeModelMetrics } from "./model-metrics.ts";
import { writeSystemMetrics } from "./system-metrics.ts";
import { writeTrafficMetrics } from "./traffic-metrics.ts";
import { writeTranslatorMetrics } from "./translator-metrics.ts";

/**
 * The gateway's metrics, ready for `toText`; the caller may add families of its
 * own. The same snapshot gives the same text.
 */
export function gatewayMetrics(snapshot: GatewaySnapshot): Exposition {
  const exposition = createExposition();
  writeSystemMetrics(exposition, snapshot);
  writeTrafficMetrics(exposition, snapshot);
  writeEndpointMetrics(exposition, snapshot.endpoints);
  writeModelMetrics(exposition, snapshot);
  writeGenAiMetrics(exposition, snapshot.genAi);
  writeTranslatorMetrics(exposition, snapshot.translators);
  return exposition;
}
