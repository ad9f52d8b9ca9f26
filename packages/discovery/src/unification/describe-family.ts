import type { UnificationRules } from "./unification-rules.ts";

/** What kind of model it is, and whose. Fields are empty when unknown. */
export interface ModelIdentity {
  readonly family: string;
  readonly variant: string;
  readonly publisher: string;
}

/** What a backend reports beside the name. */
export interface ReportedIdentity {
  readonly family: string | undefined;
  readonly publisher: string | undefined;
}

/**
 * Reads family, variant and publisher.
 *
 * A preserved family in the name beats the reported one, which beats the name's
 * patterns, which beat its first word. A reported family leaves no variant: the
 * name may count versions of something else (`deepseek-r1` on `qwen2`).
 *
 * @param name as a backend spells it: `meta-llama/Llama-3.1-8B-Instruct`
 */
export function describeFamily(
  name: string,
  reported: ReportedIdentity,
  rules: UnificationRules,
): ModelIdentity {
  const lowerName = name.toLowerCase();
  const bareName = lowerName.slice(lowerName.lastIndexOf("/") + 1);
  const { family, variant } = familyOf(lowerName, bareName, reported.family, rules);
  const publisher = reported.publisher || ownerOf(name) || publisherOf(bareName, rules);
  return { family, variant, publisher };
}

function familyOf(
  lowerName: string,
  bareName: string,
  reported: string | undefined,
  rules: UnificationRules,
): { readonly family: string; readonly variant: string } {
  const matched = matchPatterns(lowerName, bareName, rules);
  const preserved = rules.preservedFamilies.find((family) => isNamed(bareName, family));
  if (preserved !== undefined) {
    return { family: preserved, variant: matched?.family === preserved ? matched.variant : "" };
  }
  if (reported !== undefined && reported !== "") {
    return { family: canonicalFamily(reported.toLowerCase(), rules), variant: "" };
  }
  if (matched !== undefined) return matched;
  const [firstWord = ""] = bareName.split(/[-_:/]/, 1);
  return { family: knownFamily(firstWord, rules) ?? "", variant: "" };
}

function matchPatterns(
  lowerName: string,
  bareName: string,
  rules: UnificationRules,
): { readonly family: string; readonly variant: string } | undefined {
  if (rules.genericNames.includes(bareName)) return undefined;
  for (const { pattern, familyGroup, variantGroup } of rules.familyPatterns) {
    const match = pattern.exec(bareName) ?? pattern.exec(lowerName);
    const family = match?.[familyGroup];
    if (match === null || family === undefined) continue;
    return { family, variant: variantGroup === 0 ? "" : (match[variantGroup] ?? "") };
  }
  return undefined;
}

/** Whether a name is this family's: the word itself, or the word and a separator. */
function isNamed(bareName: string, family: string): boolean {
  if (!bareName.startsWith(family)) return false;
  const next = bareName[family.length];
  return next === undefined || "-_:/.".includes(next);
}

function canonicalFamily(reported: string, rules: UnificationRules): string {
  return knownFamily(reported, rules) ?? reported;
}

function knownFamily(word: string, rules: UnificationRules): string | undefined {
  return lookUp(rules.architectures, word) ?? lookUp(rules.familyAliases, word);
}

/** `registry/owner/name`: the part next to the name, empty when the name stands alone. */
function ownerOf(name: string): string {
  return name.split("/").at(-2) ?? "";
}

/**
 * Only the name counts: who trained on another's architecture published the
 * result. The longest start decides, whatever the order of the table.
 */
function publisherOf(bareName: string, rules: UnificationRules): string {
  // `gpt-j` and `gpt-2` are listed as `gptj` and `gpt2`.
  const spellings = [bareName, bareName.replace(/[-_]/, "")];
  const start = Object.keys(rules.publishers)
    .filter((word) => spellings.some((name) => startsWithWord(name, word)))
    .toSorted((a, b) => b.length - a.length)[0];
  return start === undefined ? "" : (lookUp(rules.publishers, start) ?? "");
}

function startsWithWord(name: string, word: string): boolean {
  return name.startsWith(word) && !/^[a-z]/.test(name.slice(word.length));
}

/** Own entries only: `constructor` is no family. */
function lookUp(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
