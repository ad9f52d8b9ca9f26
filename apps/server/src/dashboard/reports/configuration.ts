import type { LiveConfiguration, LiveSetting } from "@olla-ts/core/ports";

import { redacted } from "../../config/effective-values.ts";
import { configSchema, type ConfigFile } from "../../config/schema.ts";
import { fieldsOf } from "../../config/shape.ts";
import { formatKey, type KeyPath } from "../../config/yaml-source.ts";

/** Names of keys whose values are nobody's business, whatever the schema comes to hold. */
const SECRET_KEY = /(?:secret|password|passwd|credential|api_?keys?|(?:^|_)(?:token|auth)s?)$/i;

/** User name and password of a URL. */
const USER_INFO = /(\/\/)[^/?#@\s]+@/g;

export interface ConfigurationFacts {
  readonly config: ConfigFile;
  readonly file: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * The settings in force. Made from the keys that the schema describes; endpoints,
 * which may hold credentials, are lists and not among them.
 */
export function configurationReport({
  config,
  file,
  warnings,
}: ConfigurationFacts): LiveConfiguration {
  const defaults = configSchema.parse({});
  const settings: LiveSetting[] = [];
  for (const { path, meta } of fieldsOf(configSchema)) {
    const value = valueAt(config, path);
    settings.push({
      key: formatKey(path),
      kind: meta.kind,
      value: SECRET_KEY.test(String(path.at(-1)))
        ? undefined
        : redacted(path, withoutUserInfo(value)),
      isDefault: JSON.stringify(value) === JSON.stringify(valueAt(defaults, path)),
      description: meta.description,
      env: meta.env,
    });
  }
  return { file, settings, warnings };
}

function valueAt(root: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined,
    root,
  );
}

function withoutUserInfo(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(USER_INFO, "$1");
  if (Array.isArray(value)) return value.map((item) => withoutUserInfo(item));
  return value;
}
