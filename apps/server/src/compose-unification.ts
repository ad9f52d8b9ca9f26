import { defaultUnificationRules, type UnificationRules } from "@olla-ts/discovery";

import type { ModelTables } from "./config/models-file.ts";

/** The rules by which models are described: a file's tables in place of the built-in ones. */
export function toUnificationRules(tables: ModelTables | undefined): UnificationRules {
  if (tables === undefined) return defaultUnificationRules;
  const { familyPatterns, nameCapabilities } = tables;
  const { model_extraction, quantization, capabilities, special_rules } = tables.file;
  const defaults = defaultUnificationRules;
  const thresholds = capabilities.context_thresholds;
  return {
    ...defaults,
    ...(familyPatterns !== undefined && { familyPatterns }),
    ...(nameCapabilities !== undefined && { nameCapabilities }),
    architectures: lowerKeys(model_extraction.architecture_mappings) ?? defaults.architectures,
    familyAliases: lowerKeys(model_extraction.family_aliases) ?? defaults.familyAliases,
    publishers: lowerKeys(model_extraction.publisher_mappings) ?? defaults.publishers,
    quantizations: upperKeys(quantization.mappings) ?? defaults.quantizations,
    typeCapabilities: lowerKeys(capabilities.type_capabilities) ?? defaults.typeCapabilities,
    preservedFamilies: lower(special_rules.preserve_family) ?? defaults.preservedFamilies,
    genericNames: lower(special_rules.generic_names) ?? defaults.genericNames,
    contextThresholds: {
      extended: thresholds.extended_context ?? defaults.contextThresholds.extended,
      long: thresholds.long_context ?? defaults.contextThresholds.long,
      ultraLong: thresholds.ultra_long_context ?? defaults.contextThresholds.ultraLong,
    },
  };
}

function lower(words: readonly string[] | undefined): readonly string[] | undefined {
  return words?.map((word) => word.toLowerCase());
}

type Table<Value> = Readonly<Record<string, Value>>;

function lowerKeys<Value>(table: Table<Value> | undefined): Table<Value> | undefined {
  return mapKeys(table, (key) => key.toLowerCase());
}

function upperKeys<Value>(table: Table<Value> | undefined): Table<Value> | undefined {
  return mapKeys(table, (key) => key.toUpperCase());
}

function mapKeys<Value>(
  table: Table<Value> | undefined,
  change: (key: string) => string,
): Table<Value> | undefined {
  if (table === undefined) return undefined;
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [change(key), value]));
}
