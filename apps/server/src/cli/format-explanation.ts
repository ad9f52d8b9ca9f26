import { z } from "zod";

import { formatTable, paint, type Cell, type TableStyle } from "./table.ts";

const endpointSchema = z.object({
  name: z.string(),
  type: z.string(),
  priority: z.number(),
  status: z.string(),
  outcome: z.enum(["winner", "runner_up", "candidate", "removed"]),
  removed_by: z.object({ detail: z.string(), config_key: z.string() }).optional(),
  model: z.string().optional(),
  mode: z.string().optional(),
  operation: z.string().optional(),
  score_detail: z.string().optional(),
});

/** What `POST /internal/route/explain` answers, as far as it is shown. */
export const explanationSchema = z.object({
  request: z.object({
    method: z.string(),
    path: z.string(),
    model: z.string().optional(),
  }),
  action: z.string(),
  strategy: z.string().optional(),
  reason: z.string(),
  balancer: z.object({ strategy: z.string(), sticky: z.string().optional() }),
  winner: z.string().nullable(),
  runner_up: z.string().nullable(),
  endpoints: z.array(endpointSchema),
  error: z.object({ code: z.string(), status: z.number(), message: z.string() }).optional(),
  notes: z.array(z.string()),
});

type Explanation = z.output<typeof explanationSchema>;
type EndpointLine = z.output<typeof endpointSchema>;

const OUTCOMES: Readonly<Record<EndpointLine["outcome"], Cell>> = {
  winner: { text: "winner", colour: 32 },
  runner_up: { text: "runner-up", colour: 36 },
  candidate: { text: "candidate" },
  removed: { text: "left out", colour: 31 },
};

/** Who gets the request, then every endpoint with what speaks for it or kept it out. */
export function formatExplanation(told: Explanation, style: TableStyle): string {
  const { coloured } = style;
  const { request, endpoints, notes } = told;
  const model = request.model === undefined ? "no model" : request.model;
  const lines = [
    `${paint(`${request.method} ${request.path}`, 1, coloured)}  ${paint(model, 36, coloured)}`,
    verdict(told, coloured),
  ];
  for (const note of notes) lines.push(paint(`note: ${note}`, 33, coloured));
  if (endpoints.length === 0) return `${lines.join("\n")}\n`;
  const rows = endpoints.map((one): readonly Cell[] => [
    { text: one.name, colour: 1 },
    OUTCOMES[one.outcome],
    { text: one.type },
    { text: one.status },
    { text: why(one, request.model) },
  ]);
  const table = formatTable(["ENDPOINT", "OUTCOME", "TYPE", "STATUS", "WHY"], rows, style);
  return `${lines.join("\n")}\n\n${table}`;
}

function verdict(told: Explanation, coloured: boolean): string {
  const { action, winner, runner_up, error, reason, strategy, balancer } = told;
  if (error !== undefined) {
    return `${paint(`refused with ${error.status} ${error.code}`, 31, coloured)}: ${error.message}`;
  }
  if (winner === null) return `${action}: ${reason}`;
  const sticky = balancer.sticky === "hit" ? ", pinned to this conversation" : "";
  const next = runner_up === null ? "nobody else" : `${runner_up} if it fails`;
  const rule = strategy === undefined ? reason : `${strategy}: ${reason}`;
  return `goes to ${paint(winner, 32, coloured)} (${balancer.strategy}${sticky}), ${next}; ${rule}`;
}

function why(one: EndpointLine, asked: string | undefined): string {
  if (one.removed_by !== undefined)
    return `${one.removed_by.detail}  [${one.removed_by.config_key}]`;
  const parts = [
    one.score_detail,
    one.mode === "translated" ? `translated to ${one.operation ?? "another dialect"}` : undefined,
    one.model === undefined || one.model === asked ? undefined : `as ${one.model}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}
