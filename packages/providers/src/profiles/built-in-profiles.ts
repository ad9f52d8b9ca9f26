import type { ProviderProfile } from "@olla-ts/core";

import { isRecord, type JsonRecord, textAt } from "../json-record.ts";
import { readBuiltInFiles } from "./built-in-files.ts";
import { mergeProfile, withoutIdentity } from "./merge-profile.ts";
import { toProfile } from "./to-profile.ts";

let documents: ReadonlyMap<string, JsonRecord> | undefined;
let profiles: ReadonlyMap<string, ProviderProfile> | undefined;

/**
 * The profiles that come with this package, by type, sorted. Read from disk when
 * first asked for, which takes some tens of milliseconds, and kept.
 */
export function builtInProfiles(): ReadonlyMap<string, ProviderProfile> {
  profiles ??= new Map(
    [...builtInDocuments()].map(([name, document]) => [name, toProfile(name, document)]),
  );
  return profiles;
}

/** A built-in profile as data, with what it extends merged in; undefined for another name. */
export function builtInDocument(name: string): JsonRecord | undefined {
  return builtInDocuments().get(name);
}

/** Names of the built-in profiles, sorted. */
export function builtInNames(): readonly string[] {
  return [...builtInDocuments().keys()];
}

function builtInDocuments(): ReadonlyMap<string, JsonRecord> {
  documents ??= readDocuments();
  return documents;
}

function readDocuments(): ReadonlyMap<string, JsonRecord> {
  const read = new Map<string, JsonRecord>();
  for (const [file, document] of readBuiltInFiles()) {
    if (isRecord(document)) read.set(textAt(document, "name") ?? file, document);
  }
  return new Map([...read].map(([name, document]) => [name, extended(document, read)]));
}

function extended(document: JsonRecord, all: ReadonlyMap<string, JsonRecord>): JsonRecord {
  const below = all.get(textAt(document, "extends") ?? "");
  return below === undefined ? document : mergeProfile(withoutIdentity(below), document);
}
