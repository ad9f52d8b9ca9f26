import type { ProviderProfile } from "@olla-ts/core";

import { type JsonRecord, recordAt } from "../json-record.ts";
import { compileExtraction } from "../metrics/extraction.ts";
import { builtInDocument, builtInNames } from "./built-in-profiles.ts";
import { describePath } from "./check-profile.ts";
import { mergeProfile, withoutIdentity } from "./merge-profile.ts";
import { nearestName } from "./nearest-name.ts";
import type { ProfileProblem } from "./profile-problem.ts";
import { type NamedDocument, type ProfileSource, readProfile } from "./read-profile.ts";
import { toProfile } from "./to-profile.ts";

/** What became of one profile text. */
export interface ParsedProfile {
  /** Undefined when the problems hold an error. */
  readonly profile: ProviderProfile | undefined;
  /** In the order of the text, warnings included. */
  readonly problems: readonly ProfileProblem[];
}

/**
 * Reads one profile: on top of the profile it `extends`, or of the built-in one
 * of the same name, or on its own. Never throws: what is wrong is in `problems`.
 *
 * @param source YAML text, or an object with the same keys
 * @param file name for the problems
 */
export function parseProfile(source: unknown, file: string): ParsedProfile {
  const read = readProfile(source, file);
  if (read.document === undefined) return { profile: undefined, problems: read.problems };
  const { name, extends: base } = read.document;
  const below = builtInDocument(base ?? name);
  if (base !== undefined && below === undefined) {
    const problem = unknownBase(read, base, builtInNames());
    return { profile: undefined, problems: [...read.problems, problem] };
  }
  const document = putOnTop(read.document, below);
  return {
    profile: toProfile(name, document, read.document.data),
    problems: [...read.problems, ...extractionProblems(read, document)],
  };
}

/**
 * What is wrong with the paths and calculations that a profile itself states. Which
 * fields there are is only known once it is merged.
 */
export function extractionProblems(
  source: ProfileSource,
  merged: JsonRecord,
): readonly ProfileProblem[] {
  const { document } = source;
  if (document === undefined) return [];
  const own = recordAt(recordAt(document.data, "metrics"), "extraction");
  return compileExtraction(merged)
    .faults.filter(({ group, field }) => field in recordAt(own, group))
    .map(({ group, field, message }) => {
      const path = ["metrics", "extraction", group, field];
      const subject = `profile "${document.name}": "${describePath(path)}"`;
      return source.problemAt(path, "warning", `${subject} is not used: ${message}`);
    });
}

/** The document merged over its base; a base of another name hands down no identity. */
export function putOnTop(document: NamedDocument, below: JsonRecord | undefined): JsonRecord {
  if (below === undefined) return document.data;
  const isOther = document.extends !== undefined && document.extends !== document.name;
  return mergeProfile(isOther ? withoutIdentity(below) : below, document.data);
}

/** The problem of a profile that extends one that nobody defines. */
export function unknownBase(
  source: ProfileSource,
  base: string,
  known: Iterable<string>,
): ProfileProblem {
  const names = [...known].toSorted();
  const meant = nearestName(base, names);
  const hint = meant === undefined ? `known: ${names.join(", ")}` : `did you mean "${meant}"?`;
  const message = `"extends" names "${base}", which is no profile; ${hint}`;
  return source.problemAt(["extends"], "error", message);
}
