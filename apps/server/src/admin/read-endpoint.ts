import { ProxyError } from "@olla-ts/core";
import type { EndpointSpec } from "@olla-ts/core/ports";

import { type KnownTypes, resolveEndpoints } from "../config/endpoints.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigError, type ConfigProblem } from "../config/problem.ts";
import { isRecord } from "../config/yaml-source.ts";

/** Where an endpoint stands in a configuration; left out of messages about a request. */
const PLACE = /^discovery\.static\.endpoints\[0\]\.?/;

/** Clients and servers resolve them, also encoded: such an endpoint could not be removed again. */
const DOTS = /^\.\.?$/;

/**
 * An endpoint as an operator sends it: JSON with the keys of an entry of
 * `discovery.static.endpoints`, and checked like one. Keys are given as they are: a request
 * must not read the environment and the files of this machine.
 *
 * @throws ProxyError `invalid_request` with everything that is wrong
 */
export function readEndpoint(body: string, types: KnownTypes): EndpointSpec {
  const value = parse(body);
  const findings: ConfigProblem[] = [];
  let specs: readonly EndpointSpec[] = [];
  try {
    const text = JSON.stringify({ discovery: { static: { endpoints: [value] } } });
    const loaded = loadConfig({ path: "", text }, {});
    const resolved = resolveEndpoints(loaded, types, { env: {}, cwd: "" });
    specs = resolved.endpoints;
    // An unknown key warns in a file; here it is a mistake that nobody would see.
    findings.push(...loaded.errors, ...resolved.problems, ...loaded.warnings);
  } catch (error) {
    if (error instanceof RangeError) throw refused("The body is nested too deeply.");
    if (!(error instanceof ConfigError)) throw error;
    findings.push(...error.problems);
  }
  const messages = [...new Set(findings.map((one) => toMessage(one)))];
  const [spec] = specs;
  if (spec !== undefined && DOTS.test(spec.name)) {
    messages.push("name: is a step in a path, which no address can end with; choose another");
  }
  if (spec !== undefined && messages.length === 0) return spec;
  throw refused(messages.join("; ") || "The endpoint cannot be read.");
}

function parse(body: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw refused("The body is no JSON.");
  }
  if (!isRecord(value)) throw refused('The body must be an object, such as {"url": "http://…"}.');
  const { auth } = value;
  const file = isRecord(auth) ? Object.keys(auth).find((key) => key.endsWith("_file")) : undefined;
  if (file === undefined) return value;
  throw refused(`auth.${file}: files of the gateway's machine are for its configuration alone`);
}

function toMessage({ key, message }: ConfigProblem): string {
  const short = key.replace(PLACE, "");
  return short === "" ? message : `${short}: ${message}`;
}

function refused(message: string): ProxyError {
  return new ProxyError("invalid_request", message);
}
