import { z } from "zod";

import {
  integer,
  optionalInteger,
  optionalListMap,
  optionalText,
  optionalTextList,
  optionalTextMap,
  text,
  textList,
} from "./fields.ts";

const familyPattern = z.object({
  pattern: text("Regular expression (RE2), tried on the lower-case name.", { default: "" }),
  family_group: integer("Group that holds the family.", {
    default: 1,
    min: 0,
    unit: "group number",
  }),
  variant_group: integer("Group that holds the variant; 0 is none.", {
    default: 0,
    min: 0,
    unit: "group number",
  }),
  description: optionalText("For readers of the file."),
});

const namePattern = z.object({
  pattern: text("Regular expression (RE2), tried on the name in any case.", { default: "" }),
  capabilities: textList("What a model of such a name can do.", { default: [] }),
});

/**
 * Every key of `models.yaml`: how the catalogue describes models. A table that is
 * absent is the built-in one.
 */
export const modelsSchema = z.object({
  version: optionalText("Of the file, for its readers."),
  model_extraction: z
    .object({
      family_patterns: z
        .array(familyPattern)
        .max(1_000, "holds more than 1000 patterns")
        .optional(),
      architecture_mappings: optionalTextMap("Architecture that a backend reports: family."),
      family_aliases: optionalTextMap("Another spelling: family."),
      publisher_mappings: optionalTextMap("Start of a name: publisher."),
    })
    .prefault({}),
  quantization: z
    .object({ mappings: optionalTextMap("Label of a quantisation: its short form.") })
    .prefault({}),
  capabilities: z
    .object({
      type_capabilities: optionalListMap("Kind that a backend reports: capabilities."),
      name_patterns: z.array(namePattern).max(1_000, "holds more than 1000 patterns").optional(),
      context_thresholds: z
        .object({
          extended_context: optionalInteger("Tokens from which it is extended.", {
            min: 1,
            unit: "tokens",
          }),
          long_context: optionalInteger("Tokens from which it is long.", {
            min: 1,
            unit: "tokens",
          }),
          ultra_long_context: optionalInteger("Tokens from which it is ultra long.", {
            min: 1,
            unit: "tokens",
          }),
        })
        .prefault({}),
    })
    .prefault({}),
  special_rules: z
    .object({
      preserve_family: optionalTextList("Families that stay, whatever architecture is reported."),
      generic_names: optionalTextList("Names that say nothing about a model."),
    })
    .prefault({}),
});

export type ModelsFile = z.output<typeof modelsSchema>;
