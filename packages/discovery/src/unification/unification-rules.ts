/** A regular expression of any engine; `RegExp` without the flags `g` and `y` fits. */
export interface TextPattern {
  /** The first match and its groups, or null. */
  exec(text: string): ArrayLike<string | undefined> | null;
}

/** Reads family and variant out of a lower-case model name. */
export interface FamilyPattern {
  readonly pattern: TextPattern;
  /** Capturing group of the family, from 1. */
  readonly familyGroup: number;
  /** Capturing group of the variant; 0 when the pattern has none. */
  readonly variantGroup: number;
}

/** Capabilities that a model's name suggests. */
export interface NameCapabilities {
  readonly pattern: TextPattern;
  readonly capabilities: readonly string[];
}

/**
 * Tables by which the catalogue describes models. The sections and their meaning
 * are those of Olla's `models.yaml`. Keys are lower case unless stated.
 */
export interface UnificationRules {
  /** Tried in order against the name without its publisher, then against the whole name. */
  readonly familyPatterns: readonly FamilyPattern[];
  /** Architecture that a backend reports → family. */
  readonly architectures: Readonly<Record<string, string>>;
  /** Further spellings of a family, also as the first word of a name → family. */
  readonly familyAliases: Readonly<Record<string, string>>;
  /** Families that stay, whatever architecture is reported. */
  readonly preservedFamilies: readonly string[];
  /** Names that say nothing about the model. */
  readonly genericNames: readonly string[];
  /** Family, or start of a name → publisher. */
  readonly publishers: Readonly<Record<string, string>>;
  /** Upper-case label → short form. */
  readonly quantizations: Readonly<Record<string, string>>;
  /** Kind of model that a backend reports → capabilities. */
  readonly typeCapabilities: Readonly<Record<string, readonly string[]>>;
  /** Capability that a backend states, in its word → the catalogue's words. */
  readonly statedCapabilities: Readonly<Record<string, readonly string[]>>;
  /** Used when the backend states no capabilities. */
  readonly nameCapabilities: readonly NameCapabilities[];
  /** Context windows, in tokens, from which a model has the capability. */
  readonly contextThresholds: {
    readonly extended: number;
    readonly long: number;
    readonly ultraLong: number;
  };
}
