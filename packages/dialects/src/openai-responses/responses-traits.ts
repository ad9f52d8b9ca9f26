import type { Sampling } from "../conversation.ts";
import type { BackendTraits } from "../dialect.ts";

/** What a backend's Responses API takes beyond the public one, and what it lacks. */
export interface ResponsesTraits {
  /** Its names for settings of the sampler that the public API lacks. */
  readonly sampling: Readonly<Partial<Record<keyof Sampling, string>>>;
  readonly takesStop: boolean;
  /** Whether reasoning items with plain text may be sent back. */
  readonly replaysThinking: boolean;
  /** Whether `chat_template_kwargs.enable_thinking` switches thinking off. */
  readonly switchesThinkingOff: boolean;
  readonly takesFiles: boolean;
  readonly givesLogprobs: boolean;
  /** Whether the output of a function may hold images. */
  readonly takesOutputImages: boolean;
  /** Whether a last message of the assistant marked `incomplete` is continued. */
  readonly continuesMessage: boolean;
}

const PUBLIC: ResponsesTraits = {
  sampling: {},
  takesStop: false,
  replaysThinking: false,
  switchesThinkingOff: false,
  takesFiles: true,
  givesLogprobs: true,
  takesOutputImages: true,
  continuesMessage: false,
};

/** It turns the request into one of chat completions and keeps the fields it does not know. */
const LLAMA_CPP: ResponsesTraits = {
  sampling: {
    topK: "top_k",
    minP: "min_p",
    typicalP: "typical_p",
    repeatPenalty: "repeat_penalty",
    presencePenalty: "presence_penalty",
    frequencyPenalty: "frequency_penalty",
    seed: "seed",
  },
  takesStop: true,
  replaysThinking: true,
  switchesThinkingOff: true,
  takesFiles: false,
  givesLogprobs: false,
  takesOutputImages: false,
  continuesMessage: false,
};

const VLLM: ResponsesTraits = {
  sampling: { topK: "top_k", repeatPenalty: "repetition_penalty", seed: "seed" },
  takesStop: true,
  replaysThinking: true,
  switchesThinkingOff: false,
  takesFiles: false,
  givesLogprobs: true,
  takesOutputImages: false,
  continuesMessage: true,
};

/** From the sources of llama.cpp and vLLM, mid 2026. */
const TRAITS: ReadonlyMap<string, ResponsesTraits> = new Map([
  ["llamacpp", LLAMA_CPP],
  ["vllm", VLLM],
]);

/** The public API for a type that is not known to differ. */
export function responsesTraits({ type }: BackendTraits): ResponsesTraits {
  return TRAITS.get(type) ?? PUBLIC;
}
