/** What backends of one type understand beyond the public Chat Completions API. */
export interface BackendAbilities {
  /** OpenAI's own service, which refuses fields it does not know. */
  readonly isHosted: boolean;
  /** Names of the sampler settings beyond the public ones; an absent one is not understood. */
  readonly samplers: SamplerNames;
  /** Fields in which an assistant message takes its thinking back. */
  readonly thinkingFields: readonly string[];
  /** How thinking is switched off; undefined when there is no way that never fails. */
  readonly thinkingSwitch: "template" | "effort" | undefined;
  /** Whether a last assistant message is continued only when `continue_final_message` says so. */
  readonly asksToContinue: boolean;
  /** Whether `file` parts are read. */
  readonly takesFiles: boolean;
  /** Whether `response_format` may be `json_object`. */
  readonly takesJsonObject: boolean;
}

/** What a backend calls the sampler settings that the public API does not have. */
export interface SamplerNames {
  readonly topK?: string;
  readonly minP?: string;
  readonly typicalP?: string;
  readonly repeatPenalty?: string;
}

const PLAIN: BackendAbilities = {
  isHosted: false,
  samplers: {},
  thinkingFields: [],
  thinkingSwitch: undefined,
  asksToContinue: false,
  takesFiles: false,
  takesJsonObject: true,
};

const VLLM_SAMPLERS: SamplerNames = {
  topK: "top_k",
  minP: "min_p",
  repeatPenalty: "repetition_penalty",
};

const LLAMA_CPP_SAMPLERS: SamplerNames = {
  topK: "top_k",
  minP: "min_p",
  typicalP: "typical_p",
  repeatPenalty: "repeat_penalty",
};

const HOSTED: BackendAbilities = { ...PLAIN, isHosted: true, takesFiles: true };

/** Templates of these servers see the request's `chat_template_kwargs` and earlier thinking. */
const TEMPLATED: BackendAbilities = {
  ...PLAIN,
  samplers: VLLM_SAMPLERS,
  thinkingFields: ["reasoning_content"],
  thinkingSwitch: "template",
};

const LLAMA_CPP: BackendAbilities = { ...TEMPLATED, samplers: LLAMA_CPP_SAMPLERS };

const ABILITIES: ReadonlyMap<string, BackendAbilities> = new Map([
  ["openai", HOSTED],
  ["azure", HOSTED],
  ["azure-openai", HOSTED],
  // Could be a hosted service, so nothing beyond the public API but its files.
  ["openai-compatible", { ...PLAIN, takesFiles: true }],
  ["litellm", { ...PLAIN, takesFiles: true }],
  // Newer versions read `reasoning`, older ones `reasoning_content`.
  [
    "vllm",
    { ...TEMPLATED, thinkingFields: ["reasoning_content", "reasoning"], asksToContinue: true },
  ],
  ["vllm-mlx", TEMPLATED],
  ["sglang", TEMPLATED],
  ["lmdeploy", TEMPLATED],
  ["mlx-lm", TEMPLATED],
  ["omlx", TEMPLATED],
  ["gpustack", TEMPLATED],
  ["trt-llm", TEMPLATED],
  ["llamacpp", LLAMA_CPP],
  ["llamafile", LLAMA_CPP],
  ["llama-swap", LLAMA_CPP],
  ["docker-model-runner", LLAMA_CPP],
  ["jan", LLAMA_CPP],
  ["lemonade", LLAMA_CPP],
  ["localai", { ...PLAIN, samplers: LLAMA_CPP_SAMPLERS }],
  [
    "lm-studio",
    {
      ...PLAIN,
      samplers: { topK: "top_k", repeatPenalty: "repeat_penalty" },
      // It answers 400 to anything but `text` and `json_schema`.
      takesJsonObject: false,
    },
  ],
  [
    "ollama",
    {
      ...PLAIN,
      samplers: LLAMA_CPP_SAMPLERS,
      thinkingFields: ["reasoning"],
      thinkingSwitch: "effort",
    },
  ],
  ["tabbyapi", { ...PLAIN, samplers: { ...VLLM_SAMPLERS, typicalP: "typical_p" } }],
  ["text-generation-webui", { ...PLAIN, samplers: { ...VLLM_SAMPLERS, typicalP: "typical_p" } }],
  [
    "koboldcpp",
    {
      ...PLAIN,
      samplers: { topK: "top_k", minP: "min_p", typicalP: "typical", repeatPenalty: "rep_pen" },
    },
  ],
  ["tgi", { ...PLAIN, samplers: { topK: "top_k", repeatPenalty: "repetition_penalty" } }],
]);

/** @param type canonical provider type; an unknown one is taken for the public API alone */
export function abilitiesOf(type: string): BackendAbilities {
  return ABILITIES.get(type) ?? PLAIN;
}
