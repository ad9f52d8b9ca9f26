import { prepare } from "../compose-setup.ts";
import { loadConfig } from "../config/load.ts";
import { locateConfig } from "../config/locate.ts";
import { ConfigError, type ConfigProblem, formatProblem } from "../config/problem.ts";

export interface CheckWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly print: (text: string) => void;
}

/**
 * Validates everything that a start would, opens nothing, and prints every
 * problem.
 *
 * @returns the exit status: 1 for errors, and for warnings when `strict`
 */
export async function runCheck(
  command: { readonly configPath: string | undefined; readonly strict: boolean },
  { env, cwd, print }: CheckWorld,
): Promise<number> {
  const { file, models, endpoints, problems } = await findProblems(command.configPath, env, cwd);
  for (const problem of problems) {
    print(`${problem.severity === "error" ? "[FAIL]" : "[WARN]"} ${formatProblem(problem)}\n`);
  }
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const failed = errors > 0 || (command.strict && warnings > 0);
  if (errors === 0) print(`[OK] ${file ?? "built-in defaults"}: ${endpoints} endpoint(s)\n`);
  if (models !== undefined) print(`[OK] ${models}: rules for models\n`);
  print(`Result: ${failed ? "FAIL" : "PASS"} (${errors} error(s), ${warnings} warning(s))\n`);
  return failed ? 1 : 0;
}

async function findProblems(
  named: string | undefined,
  env: CheckWorld["env"],
  cwd: string,
): Promise<{
  readonly file: string | undefined;
  readonly models: string | undefined;
  readonly endpoints: number;
  readonly problems: readonly ConfigProblem[];
}> {
  try {
    const loaded = loadConfig(locateConfig({ named, env, cwd }), env);
    const setup = prepare(loaded, { env, cwd });
    return {
      file: loaded.file,
      models: setup.modelsFile,
      endpoints: setup.endpoints.length,
      problems: setup.warnings,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file: undefined, models: undefined, endpoints: 0, problems: error.problems };
  }
}
