import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Where secrets come from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative file paths start at. */
  readonly cwd: string;
}

const PLACEHOLDER = /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-fallback}`. A variable that is set but empty
 * takes the fallback when there is one.
 *
 * @returns the text, or the names that are neither set nor have a fallback
 */
export function expand(
  text: string,
  env: SecretSources["env"],
): { readonly text: string } | { readonly missing: readonly string[] } {
  const missing: string[] = [];
  const expanded = text.replaceAll(PLACEHOLDER, (_, name: string, fallback: string | undefined) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined && fallback === undefined) missing.push(name);
    return value === undefined || value === "" ? (fallback ?? "") : value;
  });
  return missing.length > 0 ? { missing } : { text: expanded };
}

/** Message that names variables, never values. */
export function missingVariables(names: readonly string[]): string {
  const them = names.length === 1 ? "it" : "them";
  return `the environment lacks ${names.join(", ")}; set ${them}, or write \${NAME:-fallback}`;
}

/**
 * Content of a secret file without the blanks around it.
 *
 * @returns the secret, or why there is none; neither names the content
 */
export function readSecretFile(
  path: string,
  { cwd }: SecretSources,
): { readonly text: string } | { readonly fault: string } {
  try {
    const text = readFileSync(resolve(cwd, path), "utf8").trim();
    return text === "" ? { fault: `"${path}" is empty` } : { text };
  } catch {
    return { fault: `"${path}" cannot be read` };
  }
}
