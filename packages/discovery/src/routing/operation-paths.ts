import { EQUIVALENT_OPERATIONS, type Operation, type ProviderProfile } from "@olla-ts/core";

interface OperationPaths {
  readonly operation: Operation;
  /** A backend's own path that ends so is the same operation in the same form: `/api/v1/models`. */
  readonly canonical: string;
  /** Shorter spellings that clients use, exactly as they stand. */
  readonly short: readonly string[];
}

/**
 * How requests spell each operation. Short forms are not compared by their end:
 * `/api/embeddings` ends like `/embeddings` and has another form of body.
 */
const OPERATIONS: readonly OperationPaths[] = [
  { operation: "chat", canonical: "/v1/chat/completions", short: ["/chat/completions"] },
  { operation: "completions", canonical: "/v1/completions", short: ["/completions"] },
  { operation: "embeddings", canonical: "/v1/embeddings", short: ["/embeddings"] },
  { operation: "responses", canonical: "/v1/responses", short: [] },
  { operation: "messages", canonical: "/v1/messages", short: [] },
  { operation: "count_tokens", canonical: "/v1/messages/count_tokens", short: [] },
  { operation: "models", canonical: "/v1/models", short: [] },
  { operation: "rerank", canonical: "/v1/rerank", short: ["/rerank", "/v2/rerank"] },
  { operation: "tokenize", canonical: "/v1/tokenize", short: ["/tokenize"] },
  { operation: "detokenize", canonical: "/v1/detokenize", short: ["/detokenize"] },
  { operation: "ollama_chat", canonical: "/api/chat", short: [] },
  { operation: "ollama_generate", canonical: "/api/generate", short: [] },
  { operation: "ollama_embed", canonical: "/api/embed", short: [] },
  { operation: "ollama_embeddings", canonical: "/api/embeddings", short: [] },
];

/**
 * The profile with a path for the Anthropic operations it supports natively,
 * which profiles need not repeat among their operations.
 */
export function withAnthropicOperations(profile: ProviderProfile): ProviderProfile {
  const { anthropic, operations } = profile;
  if (anthropic === undefined) return profile;
  const messages = operations.messages ?? anthropic.messagesPath;
  const counting = anthropic.tokenCount ? { count_tokens: `${messages}/count_tokens` } : {};
  return { ...profile, operations: { ...counting, ...operations, messages } };
}

/**
 * Request path → types of backend that serve it, under that path or one of their own.
 *
 * @param translates whether a backend also serves what it can be translated for
 */
export function toPathTypes(
  profiles: Iterable<ProviderProfile>,
  translates = false,
): ReadonlyMap<string, ReadonlySet<string>> {
  const types = new Map<string, Set<string>>();
  for (const profile of profiles) {
    for (const path of servedPaths(profile, translates)) {
      const served = types.get(path) ?? new Set();
      types.set(path, served.add(profile.type));
    }
  }
  return types;
}

function servedPaths(
  { paths, operations }: ProviderProfile,
  translates: boolean,
): readonly string[] {
  const mapped = OPERATIONS.filter(({ operation }) => {
    const equivalents = translates ? (EQUIVALENT_OPERATIONS[operation] ?? []) : [];
    return [operation, ...equivalents].some((each) => operations[each] !== undefined);
  });
  return [...paths, ...mapped.flatMap(({ canonical, short }) => [canonical, ...short])];
}

/** Request path → what it asks for: the usual spellings, and those of each kind of backend. */
export function toPathOperations(
  profiles: Iterable<ProviderProfile>,
): ReadonlyMap<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const { operation, canonical, short } of OPERATIONS) {
    for (const path of [canonical, ...short]) operations.set(path, operation);
  }
  for (const profile of profiles) {
    for (const path of [...profile.paths, ...Object.values(profile.operations)]) {
      if (operations.has(path)) continue;
      const same = OPERATIONS.find(({ canonical }) => path.endsWith(canonical));
      if (same !== undefined) operations.set(path, same.operation);
    }
  }
  return operations;
}
