import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";

import type { EndpointSpec } from "@olla-ts/core/ports";
import type { UnificationRules } from "@olla-ts/discovery";
import {
  createProfileCatalogue,
  type ProfileCatalogue,
  type ProfileProblem,
} from "@olla-ts/providers";

import { toUnificationRules } from "./compose-unification.ts";
import { resolveAdminToken } from "./config/admin-token.ts";
import { type KnownTypes, resolveEndpoints } from "./config/endpoints.ts";
import type { LoadedConfig } from "./config/load.ts";
import { loadModels } from "./config/models-file.ts";
import { ConfigError, isTold, type ConfigProblem } from "./config/problem.ts";
import type { ConfigFile } from "./config/schema.ts";
import type { SecretSources } from "./config/secrets.ts";
import { resolveTraces, type TraceSettings } from "./config/trace-settings.ts";

/** A configuration with everything resolved that lies outside its file. */
export interface GatewaySetup {
  readonly config: ConfigFile;
  /** File it came from; undefined for the defaults. */
  readonly file: string | undefined;
  readonly profiles: ProfileCatalogue;
  readonly endpoints: readonly EndpointSpec[];
  /** How the catalogue describes models. */
  readonly modelRules: UnificationRules;
  /** File that these rules come from; undefined for the built-in ones. */
  readonly modelsFile: string | undefined;
  /** What operators have to show; undefined when nobody may change endpoints at run time. */
  readonly adminToken: string | undefined;
  /** Undefined when there are no traces. Holds credentials. */
  readonly traces: TraceSettings | undefined;
  /** What is wrong without preventing a start; errors among them are left out parts. */
  readonly warnings: readonly ConfigProblem[];
}

/** What a gateway serves, and whether its backends are made up. */
export interface ServedSetup extends GatewaySetup {
  readonly simulated: boolean;
}

/**
 * Reads profiles, rules for models and secrets, and makes the endpoints.
 *
 * @throws ConfigError with every problem that prevents a start, those of the file included
 */
export function prepare(loaded: LoadedConfig, sources: SecretSources): GatewaySetup {
  const { config, file, warnings } = loaded;
  const profiles = createProfileCatalogue({
    directory: profilesDirectory(config, file, sources.cwd),
    filter: config.proxy.profile_filter,
  });
  const { endpoints, problems } = resolveEndpoints(loaded, knownTypes(profiles), sources);
  const admin = resolveAdminToken(loaded, sources);
  const traced = resolveTraces(loaded, sources);
  const models = loadModels({ ...sources, configFile: file });
  const fatal = profiles.problems
    .filter(({ severity }) => severity === "fatal")
    .map((one) => toConfigProblem(one));
  const found = [...problems, ...traced.problems].filter(({ key }) => !isTold(loaded.errors, key));
  const cautions = [...warnings, ...found.filter(({ severity }) => severity === "warning")];
  const errors = [
    ...fatal,
    ...loaded.errors,
    ...found.filter(({ severity }) => severity === "error"),
    ...admin.problems,
  ];
  if (endpoints.length > config.limits.max_endpoints) {
    const message = `${endpoints.length} endpoints are more than limits.max_endpoints (${config.limits.max_endpoints})`;
    errors.push(loaded.problem("error", ["discovery", "static", "endpoints"], message));
  }
  // The one endpoint of a file that names none.
  if (endpoints.some(({ type }) => profiles.canonicalType(type) === undefined)) {
    const message =
      "names no endpoint, and proxy.profile_filter leaves out the type of the default";
    errors.push(loaded.problem("error", ["discovery", "static", "endpoints"], message));
  }
  if (errors.length > 0) throw new ConfigError([...errors, ...cautions]);
  return {
    config,
    file,
    profiles,
    endpoints,
    modelRules: toUnificationRules(models.tables),
    modelsFile: models.path,
    adminToken: admin.token,
    traces: traced.traces,
    warnings: [
      ...cautions,
      ...profiles.problems.map((one) => toConfigProblem(one)),
      ...models.problems,
    ],
  };
}

/** What the profiles say that endpoints may be. */
export function knownTypes(profiles: ProfileCatalogue): KnownTypes {
  return {
    canonicalType: (spelling) => profiles.canonicalType(spelling),
    keyHeader: (type) => profiles.profiles.get(type)?.keyHeader,
    names: [...profiles.profiles.keys()],
  };
}

/** The configured folder, else `config/profiles` here or beside the configuration file. */
function profilesDirectory(
  config: ConfigFile,
  file: string | undefined,
  cwd: string,
): string | undefined {
  if (config.profiles_dir !== "") return resolve(cwd, config.profiles_dir);
  const places = [resolve(cwd, "config/profiles")];
  if (file !== undefined) places.push(resolve(cwd, dirname(file), "profiles"));
  return places.find((place) => existsSync(place));
}

function toConfigProblem({
  severity,
  file,
  line,
  column,
  path,
  message,
}: ProfileProblem): ConfigProblem {
  return {
    severity: severity === "warning" ? "warning" : "error",
    file,
    line,
    column,
    key: path,
    message,
  };
}
