import { effectiveValues, type EffectiveValue } from "../config/effective-values.ts";
import { configJsonSchema } from "../config/json-schema.ts";
import { loadConfig } from "../config/load.ts";
import { locateConfig } from "../config/locate.ts";
import type { Origin } from "../config/origin.ts";
import { ConfigError } from "../config/problem.ts";
import { EXIT } from "./command-failure.ts";
import type { ConfigArguments } from "./parse-arguments.ts";
import { formatTable, type Cell } from "./table.ts";
import type { CommandWorld } from "./world.ts";

/**
 * `olla config`: the schema for editors, or what is in force.
 *
 * @returns the exit status
 * @throws ConfigError when the configuration has errors
 */
export function runConfig(
  { action, configPath, changed, json }: ConfigArguments,
  world: CommandWorld,
): number {
  const { env, cwd, print } = world;
  if (action === "schema") {
    print(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
    return EXIT.ok;
  }
  const loaded = loadConfig(locateConfig({ named: configPath, env, cwd }), env);
  if (loaded.errors.length > 0) throw new ConfigError([...loaded.errors, ...loaded.warnings]);
  const values = effectiveValues(loaded).filter(
    ({ origin }) => !changed || origin.kind !== "default",
  );
  if (json) {
    print(`${JSON.stringify(values, undefined, 2)}\n`);
    return EXIT.ok;
  }
  const rows = values.map((one) => row(one));
  print(
    rows.length === 0
      ? "every key is at its default\n"
      : formatTable(["KEY", "ORIGIN", "VALUE"], rows, world),
  );
  return EXIT.ok;
}

function row({ key, value, origin }: EffectiveValue): readonly Cell[] {
  const isDefault = origin.kind === "default";
  return [
    { text: key },
    { text: formatOrigin(origin), colour: isDefault ? 2 : undefined },
    { text: value === undefined ? "-" : JSON.stringify(value), colour: isDefault ? undefined : 36 },
  ];
}

function formatOrigin(origin: Origin): string {
  if (origin.kind === "environment") return origin.variable;
  return origin.kind === "file" ? `${origin.file}:${origin.line}` : "default";
}
