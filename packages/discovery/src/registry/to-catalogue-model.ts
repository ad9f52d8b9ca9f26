import type { CatalogueModel } from "@olla-ts/core/ports";

import { deriveCapabilities } from "../unification/derive-capabilities.ts";
import { describeFamily } from "../unification/describe-family.ts";
import { normalizeQuantization } from "../unification/normalize-quantization.ts";
import { toParameterSize } from "../unification/parameter-size.ts";
import type { UnificationRules } from "../unification/unification-rules.ts";
import { firstReported } from "./first-reported.ts";
import type { ListingGroup } from "./group-listings.ts";

/** What the registry itself knows of a model. */
export interface CatalogueFacts {
  readonly id: string;
  readonly slot: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

/** Describes a group of listings: of each field the first that is not empty counts. */
export function toCatalogueModel(
  { sources, names }: ListingGroup,
  { id, slot, firstSeenAt, lastSeenAt }: CatalogueFacts,
  rules: UnificationRules,
): CatalogueModel {
  const reported = firstReported(sources.map(({ model }) => model));
  const { label, count } = toParameterSize(reported.parameterSize, reported.parameterCount);
  const [name = id] = names;
  return {
    id,
    slot,
    aliases: [...new Set([id, ...names])],
    ...describeFamily(name, reported, rules),
    parameterSize: label,
    parameterCount: count,
    quantization: normalizeQuantization(reported.quantization, rules),
    format: reported.format ?? "",
    maxContextLength: reported.maxContextLength,
    capabilities: deriveCapabilities(
      {
        names: [...names],
        types: reported.types,
        stated: reported.stated,
        maxContextLength: reported.maxContextLength,
      },
      rules,
    ),
    diskBytes: reported.diskBytes,
    sources,
    firstSeenAt,
    lastSeenAt,
  };
}
