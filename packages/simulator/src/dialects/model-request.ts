import type { BackendContext } from "../backend-context.ts";
import type { Exchange } from "../exchange.ts";
import { type JsonObject, parseJsonObject, toText } from "../json-value.ts";
import type { Model } from "../model.ts";
import { invalidRequest } from "../refusal.ts";

/** An inference request whose model is known. */
export interface ModelRequest {
  readonly body: JsonObject;
  readonly model: Model;
}

/** Parses the body and finds its model; answers the error itself and returns undefined when it cannot. */
export async function parseModelRequest(exchange: Exchange): Promise<ModelRequest | undefined> {
  const body = parseJsonObject(exchange.record.body);
  if (!body) {
    await exchange.refuse(invalidRequest("The request body is not a JSON object."));
    return undefined;
  }
  const model = await requireModel(exchange, toText(body["model"]));
  return model && { body, model };
}

/** Finds a model; answers the error itself and returns undefined when the backend has none to offer. */
export async function requireModel(exchange: Exchange, id: string): Promise<Model | undefined> {
  const { backend } = exchange;
  const { unknownModel } = backend.traits;
  const found =
    findModel(backend, id) ?? (unknownModel === "answer" ? backend.models()[0] : undefined);
  if (found) return found;
  await exchange.refuse(
    id === ""
      ? invalidRequest("model is required")
      : {
          status: unknownModel === "answer" ? 404 : unknownModel,
          reason: "unknown-model",
          message: `The model \`${id}\` does not exist.`,
          model: id,
        },
  );
  return undefined;
}

/** The model of that id; on Ollama a name without tag means `:latest`. */
export function findModel({ kind, models }: BackendContext, id: string): Model | undefined {
  const latest = kind === "ollama" && !id.includes(":") ? `${id}:latest` : id;
  return models().find((model) => model.id === id || model.id === latest);
}
