import type { HealthStatus } from "@olla-ts/core";

/** One endpoint as the start-up summary shows it. */
export interface EndpointLine {
  readonly name: string;
  readonly url: string;
  readonly type: string;
  readonly status: HealthStatus;
  readonly models: readonly string[];
  /** Why it is not healthy, if known. */
  readonly problem: string | undefined;
}

export interface SummaryFacts {
  readonly version: string;
  readonly address: string;
  /** Where the configuration came from, for people. */
  readonly source: string;
  readonly engine: string;
  readonly balancer: string;
  readonly endpoints: readonly EndpointLine[];
  readonly warnings: readonly string[];
  readonly simulated: boolean;
}

/** Models named on one line before the rest is counted. */
const NAMED_MODELS = 4;

/** What was found, where, which models, and what is wrong. */
export function formatSummary(facts: SummaryFacts, coloured: boolean): string {
  const paint = (code: number, text: string): string =>
    coloured ? `\u001B[${code}m${text}\u001B[0m` : text;
  const lines = [
    `${paint(1, `olla ${facts.version}`)} listening on ${paint(36, facts.address)}`,
    `  configuration  ${facts.source}`,
    `  engine         ${facts.engine}, balancer ${facts.balancer}`,
  ];
  if (facts.simulated) {
    lines.push(
      paint(
        33,
        "  simulated fleet: no backend was found on this machine, so the answers below are made up.",
      ),
      paint(
        33,
        "  Write a config.yaml with your endpoints, or start Ollama, LM Studio, vLLM or llama.cpp.",
      ),
    );
  }
  const width = Math.max(...facts.endpoints.map(({ name }) => name.length), 0);
  for (const endpoint of facts.endpoints) {
    const good = endpoint.status === "healthy";
    const status = paint(good ? 32 : 31, endpoint.status.padEnd(12));
    const detail = good ? modelsOf(endpoint.models) : (endpoint.problem ?? "");
    lines.push(
      `  ${endpoint.name.padEnd(width)}  ${status}  ${endpoint.type}  ${endpoint.url}  ${detail}`.trimEnd(),
    );
  }
  if (facts.endpoints.length === 0) lines.push(paint(33, "  no endpoints are configured"));
  for (const warning of facts.warnings) lines.push(paint(33, `  warning: ${warning}`));
  lines.push(`  try            curl ${facts.address}/olla/openai/v1/models`);
  return `${lines.join("\n")}\n`;
}

function modelsOf(models: readonly string[]): string {
  if (models.length === 0) return "no models";
  const named = models.slice(0, NAMED_MODELS).join(", ");
  const more = models.length - NAMED_MODELS;
  return more > 0 ? `${named} and ${more} more` : named;
}
