/** Wire dialects the gateway speaks. */
export type Dialect = "openai" | "anthropic" | "ollama";

/** What a request asks a backend to do, whatever the path is called there. */
export type Operation =
  | "chat"
  | "completions"
  | "embeddings"
  | "responses"
  | "messages"
  | "count_tokens"
  | "models"
  | "rerank"
  | "tokenize"
  | "detokenize"
  | "ollama_chat"
  | "ollama_generate"
  | "ollama_embed"
  | "ollama_embeddings";

/** How a backend writes its model list. */
export type ModelListFormat =
  | "ollama"
  | "lmstudio"
  | "openai"
  | "vllm"
  | "vllm-mlx"
  | "sglang"
  | "lmdeploy"
  | "llamacpp"
  | "lemonade"
  | "docker-model-runner";

/** How much may be asked of one backend; undefined where nothing is said. */
export interface ProfileLimits {
  /** Longest time for one request. */
  readonly timeoutMs: number | undefined;
  /** Requests at a time. */
  readonly maxConcurrentRequests: number | undefined;
}

/** What the gateway knows about one kind of backend. */
export interface ProviderProfile {
  /** Canonical name; the `type` of its endpoints. */
  readonly type: string;
  readonly displayName: string;
  /** Each gives the route `/olla/<prefix>/…`; lower case. */
  readonly prefixes: readonly string[];
  /** Other spellings accepted as endpoint `type`; lower case. */
  readonly aliases: readonly string[];
  /** Whether its endpoints join `/olla/openai/…`. */
  readonly openaiCompatible: boolean;
  readonly healthPath: string;
  readonly modelsPath: string;
  /** Where the backend tells which of its models are in memory, apart from the list. */
  readonly loadedModelsPath: string | undefined;
  /** Header field of an API key whose endpoint names none. */
  readonly keyHeader: string | undefined;
  readonly modelListFormat: ModelListFormat;
  /** Paths the backend serves, as requests spell them. */
  readonly paths: readonly string[];
  /** Paths that change the backend itself or show what others ask of it; `*` stands for anything. */
  readonly adminPaths: readonly string[];
  /** Path of each operation the backend offers, where it is known. */
  readonly operations: Readonly<Partial<Record<Operation, string>>>;
  /** Native Anthropic Messages support. */
  readonly anthropic:
    | {
        readonly messagesPath: string;
        readonly tokenCount: boolean;
        readonly limitations: readonly string[];
      }
    | undefined;
  /** Priority of endpoints that state none. */
  readonly defaultPriority: number;
  /** Ports where such a server usually listens. */
  readonly defaultPorts: readonly number[];
  /** Rules of thumb of the built-in profile, and what the user's own files put over them. */
  readonly limits: ProfileLimits;
  /** Those limits alone that the user's own files state. */
  readonly ownLimits: ProfileLimits;
}
