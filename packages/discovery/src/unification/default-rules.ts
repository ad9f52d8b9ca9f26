import {
  CAPABILITIES_BY_NAME,
  CAPABILITIES_BY_TYPE,
  STATED_CAPABILITIES,
} from "./capability-tables.ts";
import {
  ARCHITECTURES,
  FAMILY_ALIASES,
  FAMILY_PATTERNS,
  GENERIC_NAMES,
  PRESERVED_FAMILIES,
} from "./family-tables.ts";
import { PUBLISHERS } from "./publisher-table.ts";
import { QUANTIZATIONS } from "./quantization-table.ts";
import type { UnificationRules } from "./unification-rules.ts";

/** The rules used when none are given. */
export const defaultUnificationRules: UnificationRules = {
  familyPatterns: FAMILY_PATTERNS,
  architectures: ARCHITECTURES,
  familyAliases: FAMILY_ALIASES,
  preservedFamilies: PRESERVED_FAMILIES,
  genericNames: GENERIC_NAMES,
  publishers: PUBLISHERS,
  quantizations: QUANTIZATIONS,
  typeCapabilities: CAPABILITIES_BY_TYPE,
  statedCapabilities: STATED_CAPABILITIES,
  nameCapabilities: CAPABILITIES_BY_NAME,
  contextThresholds: { extended: 32_000, long: 100_000, ultraLong: 1_000_000 },
};
