import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Runs a program to its end and resolves with what it wrote to stdout.
 *
 * @throws when it fails, with what it wrote
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, options);
  return stdout;
}
