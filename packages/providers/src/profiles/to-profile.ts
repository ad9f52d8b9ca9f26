import type { Operation, ProfileLimits, ProviderProfile } from "@olla-ts/core";

import { type JsonRecord, positiveAt, recordAt, textAt, textsAt } from "../json-record.ts";
import { toFlag } from "./check-profile.ts";
import { operationsOf } from "./path-operations.ts";
import { isModelListFormat, isOperation } from "./profile-schema.ts";

/** Priority of endpoints when neither they nor their profile state one. */
const DEFAULT_PRIORITY = 100;

/**
 * The profile of core, from a checked and merged document that has a name.
 *
 * @param own what the user's own files say of it; default nothing
 */
export function toProfile(
  name: string,
  document: JsonRecord,
  own: JsonRecord = {},
): ProviderProfile {
  const api = recordAt(document, "api");
  const paths = textsAt(api, "paths").map(toPath);
  const modelsPath = toPath(textAt(api, "model_discovery_path") ?? "/v1/models");
  const anthropic = toAnthropic(recordAt(api, "anthropic_support"));
  const { default_priority: priority } = recordAt(document, "characteristics");
  const format = textAt(recordAt(document, "request"), "response_format") ?? "openai";
  return {
    type: name,
    displayName: textAt(document, "display_name") ?? name,
    prefixes: unique(textsAt(recordAt(document, "routing"), "prefixes").map(toLowerCase)),
    aliases: unique(textsAt(document, "aliases").map(toLowerCase)),
    openaiCompatible: toFlag(api["openai_compatible"]) ?? false,
    healthPath: toHealthPath(document, modelsPath),
    modelsPath,
    loadedModelsPath: toOptionalPath(textAt(api, "loaded_models_path")),
    keyHeader: textAt(recordAt(recordAt(document, "characteristics"), "auth"), "default_header"),
    modelListFormat: isModelListFormat(format) ? format : "openai",
    paths,
    adminPaths: textsAt(api, "admin_paths").map(toPath),
    operations: toOperations(paths, anthropic, recordAt(document, "operations")),
    anthropic,
    defaultPriority: typeof priority === "number" ? priority : DEFAULT_PRIORITY,
    defaultPorts: toPorts(recordAt(document, "detection")["default_ports"]),
    limits: toLimits(document),
    ownLimits: toLimits(own),
  };
}

/** Empty when the profile asks for no probe at all. */
function toHealthPath(document: JsonRecord, modelsPath: string): string {
  if (document["health"] === "none") return "";
  const path = textAt(recordAt(document, "api"), "health_check_path");
  return path === undefined ? modelsPath : toPath(path);
}

function toAnthropic(support: JsonRecord): ProviderProfile["anthropic"] {
  if (toFlag(support["enabled"]) !== true) return undefined;
  return {
    messagesPath: toPath(textAt(support, "messages_path") ?? "/v1/messages"),
    tokenCount: toFlag(support["token_count"]) ?? false,
    limitations: textsAt(support, "limitations"),
  };
}

/** From the paths listed, then what Anthropic support says, then what the profile maps itself. */
function toOperations(
  paths: readonly string[],
  anthropic: ProviderProfile["anthropic"],
  mapped: JsonRecord,
): ProviderProfile["operations"] {
  const operations: Partial<Record<Operation, string>> = { ...operationsOf(paths) };
  // A path alone does not make Anthropic support: it may be there and switched off.
  delete operations.messages;
  delete operations.count_tokens;
  if (anthropic !== undefined) {
    operations.messages = anthropic.messagesPath;
    if (anthropic.tokenCount) operations.count_tokens = `${anthropic.messagesPath}/count_tokens`;
  }
  for (const [operation, path] of Object.entries(mapped)) {
    if (!isOperation(operation) || typeof path !== "string") continue;
    if (path === "none") delete operations[operation];
    else operations[operation] = toPath(path);
  }
  return operations;
}

function toLimits(document: JsonRecord): ProfileLimits {
  const characteristics = recordAt(document, "characteristics");
  return {
    timeoutMs: toMilliseconds(textAt(characteristics, "timeout")),
    maxConcurrentRequests: positiveAt(characteristics, "max_concurrent_requests"),
  };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Of a checked duration such as `1m30s`; undefined when it is absent or 0. */
function toMilliseconds(duration: string | undefined): number | undefined {
  let total = 0;
  for (const [, amount, unit = ""] of (duration ?? "").matchAll(/([\d.]+)([a-zµ]+)/g)) {
    total += Number(amount) * (UNIT_MS[unit] ?? 0);
  }
  return total > 0 ? total : undefined;
}

function toPorts(ports: unknown): readonly number[] {
  if (!Array.isArray(ports)) return [];
  return ports.filter((port) => typeof port === "number");
}

function toOptionalPath(path: string | undefined): string | undefined {
  return path === undefined ? undefined : toPath(path);
}

function toPath(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function toLowerCase(text: string): string {
  return text.trim().toLowerCase();
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
