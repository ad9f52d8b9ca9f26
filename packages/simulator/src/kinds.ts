import type { BackendKind, KindTraits } from "./backend-context.ts";
import { anthropicRoutes, messagesRoutes } from "./dialects/anthropic.ts";
import { ollamaRoutes, toOllamaError } from "./dialects/ollama.ts";
import { toOpenAiEntry } from "./dialects/openai-models.ts";
import { openAiRoutes } from "./dialects/openai.ts";
import { toAnthropicError, toFastApiNotFound, toOpenAiError } from "./refusal.ts";
import type { Route } from "./router.ts";
import { llamaCppRoutes, toLlamaCppEntry, toLlamaCppError } from "./servers/llamacpp.ts";
import { lmStudioRoutes, toLmStudioError } from "./servers/lm-studio.ts";
import {
  dockerModelRunnerRoutes,
  lemonadeRoutes,
  liteLlmRoutes,
  lmDeployRoutes,
  omlxRoutes,
  sglangRoutes,
  toLemonadeEntry,
  toLiteLlmError,
} from "./servers/others.ts";
import { toVllmEntry, toVllmError, toVllmMessagesError, vllmRoutes } from "./servers/vllm.ts";

/** One kind of server: what it answers and how it behaves. */
export interface KindProfile {
  readonly traits: KindTraits;
  readonly routes: readonly Route[];
}

const openAiTraits: KindTraits = {
  ownedBy: "openai",
  headers: {},
  unknownModel: 404,
  reasoningField: "reasoning_content",
  streamHead: "at-once",
  error: toOpenAiError,
  pathError: toOpenAiError,
};

const vllmTraits: KindTraits = {
  ...openAiTraits,
  ownedBy: "vllm",
  headers: { Server: "uvicorn" },
  reasoningField: "reasoning",
  error: toVllmError,
  pathError: toFastApiNotFound,
};

const vllmOpenAi = openAiRoutes({ toEntry: toVllmEntry });
const plainOpenAi = openAiRoutes({ toEntry: toOpenAiEntry });

/** Every kind. To add one, add its name to `BackendKind` and its line here. */
export const kinds: Readonly<Record<BackendKind, KindProfile>> = {
  "openai-compatible": { traits: openAiTraits, routes: plainOpenAi },
  ollama: {
    traits: {
      ...openAiTraits,
      ownedBy: "library",
      reasoningField: "reasoning",
      streamHead: "with-first-token",
      error: toOllamaError,
      pathError: () => "404 page not found",
    },
    routes: [
      ...ollamaRoutes(),
      ...openAiRoutes({ toEntry: toOpenAiEntry, errors: toOpenAiError }),
      ...messagesRoutes({ countsTokens: false }),
    ],
  },
  "lm-studio": {
    traits: {
      ...openAiTraits,
      ownedBy: "organization_owner",
      headers: { "X-Powered-By": "Express" },
      error: toLmStudioError,
      pathError: toLmStudioError,
    },
    routes: [
      ...lmStudioRoutes(),
      ...openAiRoutes({ toEntry: toOpenAiEntry, errors: toOpenAiError }),
      ...messagesRoutes({ countsTokens: false }),
    ],
  },
  vllm: {
    traits: vllmTraits,
    routes: [
      ...vllmRoutes("vllm"),
      ...vllmOpenAi,
      ...messagesRoutes({ countsTokens: true, errors: toVllmMessagesError }),
    ],
  },
  "vllm-mlx": {
    traits: { ...vllmTraits, ownedBy: "vllm-mlx" },
    routes: [...vllmRoutes("vllm_mlx"), ...vllmOpenAi, ...messagesRoutes({ countsTokens: true })],
  },
  sglang: {
    traits: { ...vllmTraits, ownedBy: "sglang", unknownModel: "answer" },
    routes: [...sglangRoutes(), ...vllmRoutes("sglang"), ...vllmOpenAi],
  },
  llamacpp: {
    traits: {
      ...openAiTraits,
      ownedBy: "llamacpp",
      headers: { Server: "llama.cpp" },
      unknownModel: "answer",
      error: toLlamaCppError,
      pathError: toLlamaCppError,
    },
    routes: [
      ...llamaCppRoutes(),
      ...openAiRoutes({ toEntry: toLlamaCppEntry }),
      ...messagesRoutes({ countsTokens: true, errors: toLlamaCppError }),
    ],
  },
  lemonade: {
    traits: { ...openAiTraits, ownedBy: "lemonade", pathError: toFastApiNotFound },
    routes: [...lemonadeRoutes(), ...openAiRoutes({ base: "/api/v1", toEntry: toLemonadeEntry })],
  },
  litellm: {
    traits: {
      ...openAiTraits,
      headers: { "x-litellm-version": "1.106.2" },
      unknownModel: 400,
      error: toLiteLlmError,
      pathError: toFastApiNotFound,
    },
    routes: [
      ...liteLlmRoutes(),
      ...plainOpenAi,
      ...openAiRoutes({ base: "", toEntry: toOpenAiEntry }),
    ],
  },
  lmdeploy: {
    traits: { ...vllmTraits, ownedBy: "lmdeploy" },
    routes: [...lmDeployRoutes(), ...vllmRoutes("lmdeploy"), ...vllmOpenAi],
  },
  "docker-model-runner": {
    traits: { ...openAiTraits, ownedBy: "docker" },
    routes: [
      ...dockerModelRunnerRoutes(),
      ...["/engines/v1", "/engines/llama.cpp/v1", "/engines/vllm/v1"].flatMap((base) =>
        openAiRoutes({ base, toEntry: toOpenAiEntry }),
      ),
      ...messagesRoutes({ base: "/anthropic/v1", countsTokens: true }),
    ],
  },
  omlx: {
    traits: { ...vllmTraits, ownedBy: "omlx" },
    routes: [...omlxRoutes(), ...vllmOpenAi, ...messagesRoutes({ countsTokens: true })],
  },
  anthropic: {
    traits: { ...openAiTraits, error: toAnthropicError, pathError: toAnthropicError },
    routes: anthropicRoutes(),
  },
};

/** Names of all kinds. */
export const backendKinds: readonly BackendKind[] = Object.keys(kinds).filter(isBackendKind);

/** Tells whether a text names a kind. */
export function isBackendKind(name: string): name is BackendKind {
  return Object.hasOwn(kinds, name);
}
