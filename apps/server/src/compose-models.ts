import {
  usualPath,
  type Endpoint,
  type HeaderList,
  type Model,
  type ProviderProfile,
} from "@olla-ts/core";
import { createModelListClient } from "@olla-ts/discovery";
import { parseLoadedModels, parseModelList, parseModelListAuto } from "@olla-ts/providers";

/** Longest wait for what only adds to a list, in milliseconds. */
const LOADED_TIMEOUT_MS = 2_000;

export interface ModelListParts {
  /** In force now. */
  readonly profiles: () => ReadonlyMap<string, ProviderProfile>;
  readonly fetch: typeof globalThis.fetch;
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
  readonly queryFor: (endpoint: Endpoint) => string;
  readonly version: string;
}

type FetchModels = (endpoint: Endpoint, signal: AbortSignal) => Promise<readonly Model[]>;

/** Asks endpoints for their models, and those that tell it for the ones in memory. */
export function createModelLists({ profiles, ...parts }: ModelListParts): FetchModels {
  const fetchList = createModelListClient({
    ...parts,
    parseModelList: (type, body) => {
      const profile = profiles().get(type);
      return profile === undefined
        ? parseModelListAuto(body).models
        : parseModelList(profile.modelListFormat, body);
    },
  });
  const fetchLoaded = createModelListClient({
    ...parts,
    parseModelList: (_, body) => [...parseLoadedModels(body)].map((name) => ({ name })),
  });

  /** Names of what is in memory; none where nobody tells, or not in time. */
  async function loadedAt(endpoint: Endpoint, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const path = profiles().get(endpoint.type)?.loadedModelsPath;
    if (path === undefined) return new Set();
    const modelsUrl = endpoint.origin + usualPath(endpoint.basePath, path);
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(LOADED_TIMEOUT_MS)]);
    try {
      const loaded = await fetchLoaded({ ...endpoint, modelsUrl }, inTime);
      return new Set(loaded.map(({ name }) => name));
    } catch {
      return new Set();
    }
  }

  return async (endpoint, signal) => {
    const [models, loaded] = await Promise.all([
      fetchList(endpoint, signal),
      loadedAt(endpoint, signal),
    ]);
    if (loaded.size === 0) return models;
    return models.map((model) => (loaded.has(model.name) ? { ...model, state: "loaded" } : model));
  };
}
