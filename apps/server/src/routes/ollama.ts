import { ProxyError, type ProviderScope } from "@olla-ts/core";
import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { readBody } from "../pipeline/read-body.ts";
import { readOnly } from "./read-only.ts";
import { visibleModels } from "./visible-models.ts";

const OLLAMA = "ollama";

/** Paths of the Ollama API that one server alone cannot answer for all. */
const ANSWERED: ReadonlySet<string> = new Set([
  "/",
  "/api/tags",
  "/api/ps",
  "/api/version",
  "/api/show",
]);

/** Model management, which a gateway over many servers has no place for. */
const REFUSED: ReadonlySet<string> = new Set(
  ["list", "pull", "push", "create", "copy", "delete"].map((verb) => `/api/${verb}`),
);

/** Most bytes of a question about one model. */
const MAX_SHOW_BYTES = 1_048_576;

/**
 * Whether the gateway itself answers this path below the Ollama prefix.
 *
 * @param isAllowed whether a path that manages a server is forwarded to one
 */
export function isOllamaLocal(
  scope: ProviderScope | undefined,
  path: string,
  isAllowed: (path: string) => boolean,
): boolean {
  if (scope?.type !== OLLAMA) return false;
  return ANSWERED.has(path) || (REFUSED.has(path) && !isAllowed(path));
}

/** The parts of the Ollama API that are about all servers together. */
export function ollamaRoutes(app: Hono<LocalEnv>, services: Services): void {
  const base = `/olla/${OLLAMA}`;
  const { ollama } = services;
  readOnly(app, `${base}/`, (context) => context.text(ollama.root));
  readOnly(app, `${base}/api/version`, (context) => context.json(ollama.version()));
  readOnly(app, `${base}/api/tags`, (context) =>
    context.json(ollama.tags(visibleModels(services))),
  );
  readOnly(app, `${base}/api/ps`, (context) =>
    context.json(ollama.loaded(visibleModels(services))),
  );
  app.post(`${base}/api/show`, async (context) => {
    const body = await readBody(context.env.incoming, MAX_SHOW_BYTES);
    return context.json(ollama.show(visibleModels(services), body?.toString() ?? ""));
  });
  for (const path of REFUSED) app.all(base + path, () => notImplemented(path));
}

function notImplemented(path: string): never {
  throw new ProxyError(
    "not_implemented",
    `${path} is not available here: models are managed on each server itself.`,
  );
}
