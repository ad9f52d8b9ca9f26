import { fileURLToPath } from "node:url";

import { startBackend, type BackendKind, type BackendOptions } from "@olla-ts/simulator";

import { configFor, startGateway, type ConfigOptions } from "./gateway.ts";
import { traffic, type World } from "./world.ts";

/** Type of an endpoint that speaks Ollama's own API alone. */
export const OLLAMA_NATIVE = "ollama-native";

/** What an endpoint may be: every simulated kind, and the profiles of the fixtures. */
export type EndpointKind = BackendKind | typeof OLLAMA_NATIVE;

/** Configuration line that makes the profiles of the fixtures known. */
export const FIXTURE_PROFILES: string = `profiles_dir: ${fileURLToPath(new URL("../fixtures/profiles", import.meta.url))}`;

/** Starts a gateway in front of one simulated backend of that kind. */
export async function startKindWorld(
  kind: EndpointKind,
  script: Partial<BackendOptions>,
  { more = "", ...options }: ConfigOptions = {},
): Promise<World<"only">> {
  await using started = new AsyncDisposableStack();
  const simulated = kind === OLLAMA_NATIVE ? "ollama" : kind;
  const backend = started.use(await startBackend({ name: "only", ...script, kind: simulated }));
  const config = configFor([{ name: "only", url: backend.url, kind }], {
    ...options,
    more: `${FIXTURE_PROFILES}\n${more}`,
  });
  const gateway = started.use(await startGateway({ config }));
  const owned = started.move();
  return {
    url: gateway.url,
    gateway,
    backends: { only: backend },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Body of the latest request of a client that reached the backend. */
export function bodyOf(world: World<"only">): Readonly<Record<string, unknown>> {
  const text = traffic(world.backends.only).at(-1)?.body.toString("utf8") ?? "{}";
  return JSON.parse(text) as Record<string, unknown>;
}
