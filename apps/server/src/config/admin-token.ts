import type { LoadedConfig } from "./load.ts";
import type { ConfigProblem } from "./problem.ts";
import { expand, missingVariables, type SecretSources } from "./secrets.ts";

/** Shorter ones can be guessed. */
const SHORTEST = 16;

/** What operators have to show; undefined when they may change nothing, or where it is at fault. */
export function resolveAdminToken(
  { config, problem }: LoadedConfig,
  { env }: SecretSources,
): { readonly token: string | undefined; readonly problems: readonly ConfigProblem[] } {
  const { enabled, token } = config.admin;
  if (!enabled) return { token: undefined, problems: [] };
  const expanded = expand(token, env);
  if ("missing" in expanded) return refused(missingVariables(expanded.missing));
  if (expanded.text.length >= SHORTEST) return { token: expanded.text, problems: [] };
  return refused(
    `must have ${SHORTEST} characters or more while admin.enabled is true; \`openssl rand -hex 24\` makes one`,
  );

  function refused(message: string): ReturnType<typeof resolveAdminToken> {
    return { token: undefined, problems: [problem("error", ["admin", "token"], message)] };
  }
}
