import { z } from "zod";

import { askGateway, gatewayUrl, readDocument } from "./ask-gateway.ts";
import { EXIT } from "./command-failure.ts";
import type { GatewayChoice } from "./parse-arguments.ts";
import { formatTable, paint, type Cell, type TableStyle } from "./table.ts";
import type { CommandWorld } from "./world.ts";

const endpointSchema = z.object({
  name: z.string(),
  type: z.string(),
  url: z.string(),
  status: z.string(),
  priority: z.number(),
  connections: z.number(),
  requests: z.number(),
  success_rate: z.string(),
  avg_latency: z.string(),
  models: z.object({ count: z.number() }),
  issues: z.string(),
});

const statusSchema = z.object({
  proxy: z.object({ engine: z.string(), balancer: z.string() }),
  simulated: z.boolean(),
  endpoints: z.array(endpointSchema),
  system: z.object({
    status: z.string(),
    uptime: z.string(),
    version: z.string(),
    endpoints_up: z.string(),
    active_connections: z.number(),
    total_requests: z.number(),
    success_rate: z.string(),
    has_traffic: z.boolean(),
  }),
});

type Status = z.output<typeof statusSchema>;

const GREEN = 32;
const YELLOW = 33;
const RED = 31;
const COLOURS: ReadonlyMap<string, number> = new Map([
  ["healthy", GREEN],
  ["busy", YELLOW],
  ["warming", YELLOW],
  ["degraded", YELLOW],
  ["unknown", YELLOW],
]);

/**
 * Endpoints of a running gateway.
 *
 * @returns the exit status: 4 when none of them can take a request
 * @throws CommandFailure when no gateway answers
 */
export async function runStatus(
  { json, ...choice }: { readonly json: boolean } & GatewayChoice,
  world: CommandWorld,
): Promise<number> {
  const url = gatewayUrl(choice, world);
  const document = await askGateway(url, { path: "/internal/status" });
  const status = readDocument(statusSchema, document);
  world.print(
    json ? `${JSON.stringify(document, undefined, 2)}\n` : formatStatus(status, url, world),
  );
  const serves = status.endpoints.some((one) =>
    ["healthy", "busy", "warming"].includes(one.status),
  );
  return serves ? EXIT.ok : EXIT.unservable;
}

/** A line about the gateway, and a table of its endpoints. */
function formatStatus(
  { system, proxy, simulated, endpoints }: Status,
  url: string,
  style: TableStyle,
): string {
  const { coloured } = style;
  const traffic = system.has_traffic
    ? `${system.total_requests} requests, ${system.success_rate} succeeded`
    : "no requests yet";
  const lines = [
    `${paint(`olla ${system.version}`, 1, coloured)} at ${paint(url, 36, coloured)}: ${paint(system.status, colourOf(system.status), coloured)}, up ${system.uptime}`,
    `${system.endpoints_up} endpoints healthy; ${traffic}, ${system.active_connections} now; engine ${proxy.engine}, balancer ${proxy.balancer}`,
  ];
  if (simulated) lines.push(paint("simulated fleet: the answers are made up", YELLOW, coloured));
  const rows = endpoints.map((one): readonly Cell[] => [
    { text: one.name, colour: 1 },
    { text: one.status, colour: colourOf(one.status) },
    { text: one.type },
    { text: String(one.priority) },
    { text: String(one.models.count) },
    { text: String(one.connections) },
    { text: String(one.requests) },
    { text: one.requests > 0 ? one.success_rate : "-" },
    { text: one.requests > 0 ? one.avg_latency : "-" },
    { text: one.issues === "" ? one.url : `${one.url}  ${one.issues}` },
  ]);
  const headings = ["ENDPOINT", "STATUS", "TYPE", "PRIORITY", "MODELS", "NOW", "REQUESTS"];
  const table = formatTable([...headings, "SUCCESS", "LATENCY", "ADDRESS"], rows, style);
  return `${lines.join("\n")}\n\n${endpoints.length === 0 ? "no endpoints\n" : table}`;
}

function colourOf(status: string): number {
  return COLOURS.get(status) ?? RED;
}
