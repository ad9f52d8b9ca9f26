import type { ProviderProfile } from "@olla-ts/core";

/** One way to write a type, and whose it is. */
interface Claim {
  readonly type: string;
  readonly kind: "name" | "prefix" | "alias";
}

/** Two profiles that want the same spelling. */
export interface SpellingClash {
  readonly spelling: string;
  readonly kept: Claim;
  readonly refused: Claim;
}

/** Every accepted spelling of a type, normalised, and what could not be settled. */
export interface TypeSpellings {
  readonly types: ReadonlyMap<string, string>;
  readonly clashes: readonly SpellingClash[];
}

/** Upper case, `_` and spaces do not distinguish types. */
export function normaliseType(spelling: string): string {
  return spelling
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-");
}

/**
 * Collects names, then prefixes, then aliases.
 *
 * @param yields whether a profile's aliases give way silently: those of built-in
 * profiles must not make a user's own profile impossible
 */
export function collectSpellings(
  profiles: Iterable<ProviderProfile>,
  yields: (type: string) => boolean,
): TypeSpellings {
  const claims = new Map<string, Claim>();
  const clashes: SpellingClash[] = [];
  for (const [spelling, claim] of orderedClaims([...profiles], yields)) {
    const key = normaliseType(spelling);
    const kept = claims.get(key);
    if (kept === undefined) claims.set(key, claim);
    else if (kept.type !== claim.type && !(claim.kind === "alias" && yields(claim.type)))
      clashes.push({ spelling, kept, refused: claim });
  }
  const types = new Map([...claims].map(([key, { type }]) => [key, type]));
  return { types, clashes };
}

function orderedClaims(
  profiles: readonly ProviderProfile[],
  yields: (type: string) => boolean,
): readonly (readonly [string, Claim])[] {
  const of = (kind: Claim["kind"], spellings: (profile: ProviderProfile) => readonly string[]) =>
    profiles.flatMap((profile) =>
      spellings(profile).map((spelling) => [spelling, { type: profile.type, kind }] as const),
    );
  const aliases = of("alias", (profile) => profile.aliases);
  return [
    ...of("name", ({ type }) => [type]),
    ...of("prefix", ({ prefixes }) => prefixes),
    ...aliases.filter(([, { type }]) => !yields(type)),
    ...aliases.filter(([, { type }]) => yields(type)),
  ];
}
