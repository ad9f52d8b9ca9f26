import type { BackendContext } from "../backend-context.ts";
import type { Exchange } from "../exchange.ts";
import type { Model } from "../model.ts";
import { findModel } from "./model-request.ts";

/** Entry of an OpenAI-style list, with the fields that one kind of server adds. */
export type ModelEntry = (
  model: Model,
  backend: BackendContext,
) => Readonly<Record<string, unknown>>;

/** 2026-01-01, so that lists are the same in every run. In seconds. */
export const CREATED_SECONDS = 1_767_225_600;

/** `{"id":"pine-7b","object":"model","created":1767225600,"owned_by":"openai"}` */
export function toOpenAiEntry(
  model: Model,
  { traits }: BackendContext,
): Readonly<Record<string, unknown>> {
  return { id: model.id, object: "model", created: CREATED_SECONDS, owned_by: traits.ownedBy };
}

/** Answers `GET /v1/models`. */
export async function listModels(exchange: Exchange, toEntry: ModelEntry): Promise<void> {
  const { backend } = exchange;
  const data = backend.models().map((model) => toEntry(model, backend));
  await exchange.sendJson({ object: "list", data });
}

/** Answers `GET /v1/models/{id}`; the id may contain slashes, and percent-escapes. */
export async function showModel(
  exchange: Exchange,
  prefix: string,
  toEntry: ModelEntry,
): Promise<void> {
  const { backend, path } = exchange;
  const id = decodeSegment(path.slice(prefix.length));
  const model = findModel(backend, id);
  if (model) return exchange.sendJson(toEntry(model, backend));
  return exchange.refuse({
    status: 404,
    reason: "unknown-model",
    message: `The model \`${id}\` does not exist.`,
    model: id,
  });
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
