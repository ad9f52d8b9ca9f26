import { matchesGlob, type ProviderProfile } from "@olla-ts/core";

import type { JsonRecord } from "../json-record.ts";
import { compileExtraction, type MetricsExtraction } from "../metrics/extraction.ts";
import { type ResourceRules, toResourceRules } from "../resources/resource-rules.ts";
import { builtInDocument, builtInNames, builtInProfiles } from "./built-in-profiles.ts";
import { extractionProblems, putOnTop, unknownBase } from "./parse-profile.ts";
import { type ProfileFiles, profileFilesOnDisk } from "./profile-files.ts";
import type { ProfileProblem } from "./profile-problem.ts";
import { type NamedDocument, type ProfileSource, readProfile } from "./read-profile.ts";
import { toProfile } from "./to-profile.ts";
import { collectSpellings, normaliseType, type SpellingClash } from "./type-spellings.ts";

/** Globs of profile names, whatever their case. */
export interface ProfileFilter {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface ProfileCatalogueOptions {
  /**
   * Folder whose `.yaml` and `.yml` files, sub-folders included, add to the built-in
   * profiles. Default: none. A folder that does not exist counts as empty.
   */
  readonly directory?: string | undefined;
  /** Which profiles are loaded, by name; an empty `include` loads all, `exclude` wins. Default all. */
  readonly filter?: ProfileFilter | undefined;
  /** Default: the file system. */
  readonly files?: ProfileFiles | undefined;
}

/** Every known kind of backend. Immutable: a reload makes a new one. */
export interface ProfileCatalogue {
  /** Canonical type → profile, sorted by type. */
  readonly profiles: ReadonlyMap<string, ProviderProfile>;
  /** Canonical type → the document it was made of: plain data. */
  readonly documents: ReadonlyMap<string, JsonRecord>;
  /** Canonical type → how the figures of its answers are read; types that say nothing are absent. */
  readonly extractions: ReadonlyMap<string, MetricsExtraction>;
  /** Canonical type → what its models need; types that say nothing are absent. */
  readonly resources: ReadonlyMap<string, ResourceRules>;
  /**
   * The type that a name, prefix or alias means, whatever its case and with `_` for
   * `-`; `auto` for `auto` and for nothing; undefined when no profile has it.
   */
  canonicalType(spelling: string): string | undefined;
  /** What is wrong with the files, in lexical order of the files, clashes last. */
  readonly problems: readonly ProfileProblem[];
}

/** A file whose document can be used, until another one of the same name replaces it. */
interface UsableSource extends ProfileSource {
  readonly document: NamedDocument;
}

/** Reads the user's profiles over the built-in ones. Never throws for a bad file: it is left out. */
export function createProfileCatalogue({
  directory,
  filter,
  files = profileFilesOnDisk,
}: ProfileCatalogueOptions = {}): ProfileCatalogue {
  const problems: ProfileProblem[] = [];
  const sources = directory === undefined ? [] : readSources(directory, files, problems);
  const named = latestByName(sources, problems);
  const profiles = new Map(builtInProfiles());
  const documents = new Map(builtInNames().map((name) => [name, builtInDocument(name) ?? {}]));
  for (const [name, source] of named) {
    const resolved = resolve(source, named, problems);
    if (resolved === undefined) continue;
    const { document, own } = resolved;
    problems.push(...extractionProblems(source, document));
    profiles.set(name, toProfile(name, document, own));
    documents.set(name, document);
  }
  const loaded = [...profiles].filter(([name]) => isLoaded(name, filter));
  const sorted = new Map(loaded.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const loadedDocuments = new Map(
    [...sorted.keys()].map((name) => [name, documents.get(name) ?? {}]),
  );
  const { types, clashes } = collectSpellings(sorted.values(), (type) => !named.has(type));
  problems.push(...clashes.map((clash) => describeClash(clash, named)));
  let extractions: ReadonlyMap<string, MetricsExtraction> | undefined;
  let resources: ReadonlyMap<string, ResourceRules> | undefined;
  return {
    profiles: sorted,
    documents: loadedDocuments,
    // Whoever only checks a configuration asks for neither.
    get extractions() {
      extractions ??= compileExtractions(loadedDocuments);
      return extractions;
    },
    get resources() {
      resources ??= mapDefined(loadedDocuments, toResourceRules);
      return resources;
    },
    canonicalType(spelling) {
      const key = normaliseType(spelling);
      return key === "" || key === "auto" ? "auto" : types.get(key);
    },
    problems,
  };
}

/** How the figures of each type's answers are read; types that say nothing are absent. */
export function compileExtractions(
  documents: ReadonlyMap<string, JsonRecord>,
): ReadonlyMap<string, MetricsExtraction> {
  return mapDefined(documents, (one) => compileExtraction(one).extraction);
}

/** What is made of the documents of the loaded profiles, where anything is. */
function mapDefined<Made>(
  documents: ReadonlyMap<string, JsonRecord>,
  make: (document: JsonRecord) => Made | undefined,
): ReadonlyMap<string, Made> {
  const made = new Map<string, Made>();
  for (const [name, document] of documents) {
    const one = make(document);
    if (one !== undefined) made.set(name, one);
  }
  return made;
}

function isLoaded(name: string, filter: ProfileFilter | undefined): boolean {
  if (filter === undefined) return true;
  const matches = (pattern: string): boolean =>
    matchesGlob(pattern.trim().toLowerCase(), name.toLowerCase());
  if (filter.exclude.some((pattern) => matches(pattern))) return false;
  return filter.include.length === 0 || filter.include.some((pattern) => matches(pattern));
}

function readSources(
  directory: string,
  files: ProfileFiles,
  problems: ProfileProblem[],
): readonly ProfileSource[] {
  const read: ProfileSource[] = [];
  for (const file of attempt(() => files.list(directory), directory, problems)?.toSorted() ?? []) {
    if (!/\.ya?ml$/i.test(file)) continue;
    const text = attempt(() => files.read(file), file, problems);
    if (text === undefined) continue;
    const source = readProfile(text, file);
    problems.push(...source.problems);
    read.push(source);
  }
  return read;
}

function attempt<Value>(
  action: () => Value,
  file: string,
  problems: ProfileProblem[],
): Value | undefined {
  try {
    return action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `cannot be read: ${reason}`;
    problems.push({
      severity: "error",
      file,
      line: undefined,
      column: undefined,
      path: "",
      message,
    });
    return undefined;
  }
}

function latestByName(
  sources: readonly ProfileSource[],
  problems: ProfileProblem[],
): ReadonlyMap<string, UsableSource> {
  const named = new Map<string, UsableSource>();
  for (const source of sources) {
    const { document } = source;
    if (document === undefined) continue;
    const former = named.get(document.name);
    if (former !== undefined) {
      const message = `profile "${document.name}" replaces the one of ${former.file}`;
      problems.push(source.problemAt(["name"], "warning", message));
    }
    named.set(document.name, { ...source, document });
  }
  return named;
}

/** A document with everything below it merged in, and with the user's own files alone. */
interface ResolvedDocument {
  readonly document: JsonRecord;
  readonly own: JsonRecord;
}

/** Undefined, and a problem, when what a document extends cannot be used. */
function resolve(
  source: UsableSource,
  named: ReadonlyMap<string, UsableSource>,
  problems: ProfileProblem[],
): ResolvedDocument | undefined {
  const chain = [source];
  let last = source;
  for (;;) {
    const { name, extends: base } = last.document;
    const below = base === undefined || base === name ? undefined : named.get(base);
    if (below === undefined) break;
    if (chain.includes(below)) {
      problems.push(describeCircle(source, [...chain, below]));
      return undefined;
    }
    chain.push(below);
    last = below;
  }
  const { name, extends: base } = last.document;
  const bottom = builtInDocument(base ?? name);
  if (bottom === undefined && base !== undefined) {
    problems.push(describeBroken(source, last, base, named));
    return undefined;
  }
  const over = (below: JsonRecord): JsonRecord =>
    chain.reduceRight((document, one) => putOnTop(one.document, document), below);
  return { document: over(bottom ?? {}), own: over({}) };
}

function describeCircle(source: UsableSource, chain: readonly UsableSource[]): ProfileProblem {
  const names = chain.map(({ document }) => document.name).join(" → ");
  return source.problemAt(["extends"], "error", `"extends" goes in a circle: ${names}`);
}

function describeBroken(
  source: UsableSource,
  last: UsableSource,
  base: string,
  named: ReadonlyMap<string, UsableSource>,
): ProfileProblem {
  if (last === source) return unknownBase(source, base, [...builtInNames(), ...named.keys()]);
  const message = `"extends" leads to "${last.document.name}", which cannot be used itself (${last.file})`;
  return source.problemAt(["extends"], "error", message);
}

function describeClash(
  { spelling, kept, refused }: SpellingClash,
  named: ReadonlyMap<string, UsableSource>,
): ProfileProblem {
  const source = named.get(refused.type) ?? named.get(kept.type);
  const describe = ({ type, kind }: SpellingClash["kept"]): string =>
    `"${type}" (${kind}, ${named.get(type)?.file ?? "built in"})`;
  const message =
    `"${spelling}" is claimed by two profiles: ${describe(kept)} and ${describe(refused)}; ` +
    `rename one, or give both the same "name" to merge them`;
  const other = named.has(refused.type) ? refused : kept;
  const path = { name: ["name"], prefix: ["routing", "prefixes"], alias: ["aliases"] }[other.kind];
  if (source !== undefined) return source.problemAt(path, "fatal", message);
  return { severity: "fatal", file: "", line: undefined, column: undefined, path: "", message };
}
