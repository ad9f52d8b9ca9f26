import { z } from "zod";

import { askGateway, gatewayUrl, readDocument } from "./ask-gateway.ts";
import type { GatewayChoice } from "./parse-arguments.ts";
import { formatTable, type Cell } from "./table.ts";
import type { CommandWorld } from "./world.ts";

const modelSchema = z.object({
  name: z.string(),
  params: z.string().optional(),
  quant: z.string().optional(),
  size: z.string().optional(),
  available: z.boolean(),
  endpoints: z.array(z.string()),
});

const documentSchema = z.object({
  model_groups: z.array(z.object({ models: z.array(modelSchema) })),
});

const PATH = "/internal/status/models?detailed=true&group=family";

/**
 * Models of a running gateway.
 *
 * @returns the exit status
 * @throws CommandFailure when no gateway answers
 */
export async function runModels(
  { json, ...choice }: { readonly json: boolean } & GatewayChoice,
  world: CommandWorld,
): Promise<number> {
  const document = await askGateway(gatewayUrl(choice, world), { path: PATH });
  if (json) {
    world.print(`${JSON.stringify(document, undefined, 2)}\n`);
    return 0;
  }
  const models = readDocument(documentSchema, document)
    .model_groups.flatMap((group) => group.models)
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const rows = models.map((model): readonly Cell[] => [
    { text: model.name, colour: 1 },
    model.available ? { text: "yes", colour: 32 } : { text: "no", colour: 31 },
    { text: model.params ?? "-" },
    { text: model.quant ?? "-" },
    { text: model.size ?? "-" },
    { text: model.endpoints.join(", ") },
  ]);
  const headings = ["MODEL", "READY", "PARAMETERS", "QUANTISATION", "SIZE", "ENDPOINTS"];
  world.print(rows.length === 0 ? "no models\n" : formatTable(headings, rows, world));
  return 0;
}
