/** A model as one endpoint reports it. Everything but `name` may be unknown. */
export interface Model {
  /** As the backend spells it. */
  readonly name: string;
  readonly sizeBytes?: number;
  readonly digest?: string;
  /** RFC 3339. */
  readonly modifiedAt?: string;
  readonly description?: string;
  readonly family?: string;
  readonly families?: readonly string[];
  readonly parentModel?: string;
  readonly publisher?: string;
  /** As reported, for example `8.0B`. */
  readonly parameterSize?: string;
  readonly parameterCount?: number;
  /** As reported, for example `Q4_K_M`. */
  readonly quantization?: string;
  /** File format, for example `gguf`. */
  readonly format?: string;
  /** Kind reported by the backend, for example `llm`, `vlm`, `embeddings`. */
  readonly type?: string;
  /** `loaded`, `not-loaded`, `available`, … as reported. */
  readonly state?: string;
  /** Context window in tokens. */
  readonly maxContextLength?: number;
  /** Capabilities the backend states itself, for example `tools`, `vision`. */
  readonly capabilities?: readonly string[];
  /** Unix seconds. */
  readonly createdAt?: number;
  /** Extra native fields that a provider's own list shape needs, for example Lemonade's `checkpoint`. */
  readonly native?: Readonly<Record<string, string | number | boolean>>;
}
