import type { UnificationRules } from "./unification-rules.ts";

/** What capabilities are derived from. */
export interface CapabilityEvidence {
  /** Every name the model is listed under. */
  readonly names: readonly string[];
  /** Kinds that backends report, for example `vlm`. */
  readonly types: Iterable<string>;
  /** Capabilities that backends state. */
  readonly stated: Iterable<string>;
  /** In tokens. */
  readonly maxContextLength: number | undefined;
}

const TEXT_GENERATION = "text-generation";
const EMBEDDINGS = "embeddings";

/**
 * What a model can do, sorted. Names are guessed from only where no backend
 * states capabilities. A model that embeds does not generate text, unless a
 * backend says that it completes too.
 */
export function deriveCapabilities(
  { names, types, stated, maxContextLength }: CapabilityEvidence,
  rules: UnificationRules,
): readonly string[] {
  const found = new Set<string>();
  for (const type of types)
    addAll(found, ownEntry(rules.typeCapabilities, type.toLowerCase()) ?? []);

  const facts = [...stated].map((word) => word.toLowerCase());
  for (const word of facts) addAll(found, ownEntry(rules.statedCapabilities, word) ?? [word]);
  const completes = found.has("chat") || found.has("completion");
  if (facts.length === 0) {
    for (const { pattern, capabilities } of rules.nameCapabilities) {
      if (names.some((name) => pattern.exec(name) !== null)) addAll(found, capabilities);
    }
  }

  if (completes || !found.has(EMBEDDINGS)) found.add(TEXT_GENERATION);
  else found.delete(TEXT_GENERATION);

  const { extended, long, ultraLong } = rules.contextThresholds;
  const tokens = maxContextLength ?? 0;
  if (tokens >= ultraLong) addAll(found, ["ultra-long-context", "long-context"]);
  else if (tokens >= long) found.add("long-context");
  else if (tokens >= extended) found.add("extended-context");
  return [...found].toSorted();
}

function addAll(found: Set<string>, capabilities: readonly string[]): void {
  for (const capability of capabilities) found.add(capability);
}

function ownEntry(
  table: Readonly<Record<string, readonly string[]>>,
  key: string,
): readonly string[] | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
