import { isIP } from "node:net";
import { normalize } from "node:path";

import { unknownWord } from "./fields.ts";
import { KEY_SOURCES, STRATEGIES } from "./schema-proxy.ts";
import type { ConfigFile } from "./schema.ts";
import type { KeyPath } from "./yaml-source.ts";

/** A finding without its place in the file. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly path: KeyPath;
  readonly message: string;
}

/** Rules between keys, and of keys whose bad values only warn. */
export function checkConfig(config: ConfigFile): readonly Finding[] {
  return [
    ...checkServer(config),
    ...checkProxy(config),
    ...checkDiscovery(config),
    ...checkAliases(config),
    ...checkDashboard(config),
    ...checkInspector(config),
    ...checkLogging(config),
  ];
}

function error(path: KeyPath, message: string): Finding {
  return { severity: "error", path, message };
}

function warning(path: KeyPath, message: string): Finding {
  return { severity: "warning", path, message };
}

function checkServer({ server }: ConfigFile): readonly Finding[] {
  const found: Finding[] = [];
  const rates = ["server", "rate_limits"];
  const { burst_size, trusted_proxy_cidrs } = server.rate_limits;
  if (burst_size <= 0) {
    found.push(warning([...rates, "burst_size"], "0 refuses every request that is limited"));
  }
  found.push(...checkCidrs([...rates, "trusted_proxy_cidrs"], trusted_proxy_cidrs));
  const { enabled, allowed_origins, allow_credentials, max_age } = server.cors;
  if (!enabled) return found;
  const cors = ["server", "cors"];
  if (allowed_origins.length === 0) {
    found.push(
      error([...cors, "allowed_origins"], 'must name an origin, or "*", while CORS is enabled'),
    );
  }
  if (allow_credentials && allowed_origins.includes("*")) {
    found.push(
      error([...cors, "allow_credentials"], 'cannot be used with the origin "*"; name the origins'),
    );
  }
  if (max_age < 0) found.push(error([...cors, "max_age"], "must be at least 0"));
  return found;
}

function checkCidrs(path: KeyPath, cidrs: readonly string[]): readonly Finding[] {
  return cidrs.flatMap((cidr, index) =>
    isCidr(cidr)
      ? []
      : [
          error(
            [...path, index],
            `"${cidr}" is not a CIDR; write an address and a length, such as 10.0.0.0/8`,
          ),
        ],
  );
}

function isCidr(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  return Number(length) <= (version === 4 ? 32 : 128);
}

function checkProxy({ proxy, model_registry }: ConfigFile): readonly Finding[] {
  const found: Finding[] = [];
  const sticky = ["proxy", "sticky_sessions"];
  const { enabled, idle_ttl_seconds, key_sources } = proxy.sticky_sessions;
  for (const [index, source] of key_sources.entries()) {
    if (isOneOf(source, KEY_SOURCES)) continue;
    found.push(warning([...sticky, "key_sources", index], unknownWord(source, KEY_SOURCES)));
  }
  if (enabled && idle_ttl_seconds <= 0) {
    found.push(
      warning([...sticky, "idle_ttl_seconds"], "0 keeps a session until others need its room"),
    );
  }
  const { type } = model_registry.routing_strategy;
  if (!isOneOf(type, STRATEGIES)) {
    const path = ["model_registry", "routing_strategy", "type"];
    found.push(warning(path, `${unknownWord(type, STRATEGIES)}; strict is used`));
  }
  return found;
}

function isOneOf(word: string, words: readonly string[]): boolean {
  return words.includes(word);
}

function checkDiscovery({ discovery }: ConfigFile): readonly Finding[] {
  const { enabled, interval, timeout, concurrent_workers } = discovery.model_discovery;
  if (!enabled) return [];
  const values = { interval, timeout, concurrent_workers };
  return Object.entries(values)
    .filter(([, value]) => value <= 0)
    .map(([key]) =>
      error(
        ["discovery", "model_discovery", key],
        "must be above 0 while model discovery is enabled",
      ),
    );
}

function checkAliases({ model_aliases }: ConfigFile): readonly Finding[] {
  const names = new Map<string, string>();
  return Object.entries(model_aliases).flatMap(([name, models]) => {
    const path = ["model_aliases", name];
    const found: Finding[] = [];
    const same = names.get(name.toLowerCase());
    if (same !== undefined)
      found.push(warning(path, `replaces "${same}": the case of an alias makes no difference`));
    names.set(name.toLowerCase(), name);
    if (name.trim() === "") found.push(error(path, "the alias has no name"));
    else if (name.trim() !== name) found.push(error(path, "the alias has blanks around its name"));
    if (models.length === 0) found.push(error(path, "lists no model; name at least one"));
    const seen = new Set<string>();
    for (const [index, model] of models.entries()) {
      if (model.trim() === "") found.push(error([...path, index], "the model has no name"));
      if (seen.has(model)) found.push(warning([...path, index], `"${model}" is listed twice`));
      seen.add(model);
    }
    return found;
  });
}

function checkDashboard({ dashboard }: ConfigFile): readonly Finding[] {
  if (!dashboard.enabled && !dashboard.gate_internal_api) return [];
  const path = ["dashboard", "access_policy", "allowed_cidrs"];
  const cidrs = dashboard.access_policy.allowed_cidrs;
  if (cidrs.length === 0)
    return [error(path, "must name at least one range while the dashboard or its gate is enabled")];
  return checkCidrs(path, cidrs);
}

const SYSTEM_FOLDER =
  /^\/(?:etc|var|usr|bin|sbin|boot|sys|proc|dev|root)(?:\/|$)|^\/$|^[a-z]:\\windows/i;

const SECRET_HEADER = /^(?:(?:proxy-)?authorization|(?:x-)?api-key|cookie)$/i;

function checkInspector({ translators }: ConfigFile): readonly Finding[] {
  const { enabled, output_dir, session_header } = translators.anthropic.inspector;
  if (!enabled) return [];
  const path = ["translators", "anthropic", "inspector"];
  const found = [
    warning(
      [...path, "enabled"],
      "requests and replies are written to files with their contents unredacted; use it only in development",
    ),
  ];
  if (SYSTEM_FOLDER.test(normalize(output_dir))) {
    found.push(
      error(
        [...path, "output_dir"],
        `"${output_dir}" is a folder of the system; name one of your own`,
      ),
    );
  }
  if (!/^[\w!#$%&'*+.^`|~-]*$/.test(session_header.trim())) {
    found.push(error([...path, "session_header"], "is not the name of a header field"));
  }
  if (SECRET_HEADER.test(session_header.trim())) {
    found.push(
      error([...path, "session_header"], "holds a secret, and its value becomes a file's name"),
    );
  }
  return found;
}

const LOGGING: Readonly<Record<keyof ConfigFile["logging"], readonly string[]>> = {
  level: ["debug", "info", "warn", "warning", "error"],
  format: ["json", "text"],
  output: ["stdout", "file"],
};

function checkLogging({ logging }: ConfigFile): readonly Finding[] {
  const keys = ["level", "format", "output"] as const;
  return keys
    .filter(
      (key) => !LOGGING[key].includes(key === "level" ? logging[key].toLowerCase() : logging[key]),
    )
    .map((key) =>
      warning(["logging", key], `${unknownWord(logging[key], LOGGING[key])}; the default is used`),
    );
}
