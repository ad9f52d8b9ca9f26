import { isRecord, recordsAt, textAt } from "../json-record.ts";

/**
 * Names of the models that a server has in memory, from Ollama's `GET /api/ps`
 * (`{"models":[{"name":"pine:7b"}]}`) or oMLX's `GET /v1/models/status`
 * (`{"models":[{"id":"pine","loaded":true}]}`). Empty for anything else.
 */
export function parseLoadedModels(body: string): ReadonlySet<string> {
  const value = parse(body);
  if (!isRecord(value)) return new Set();
  const loaded = recordsAt(value, "models").filter((entry) => entry["loaded"] !== false);
  return new Set(loaded.flatMap((entry) => textAt(entry, "name") ?? textAt(entry, "id") ?? []));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
