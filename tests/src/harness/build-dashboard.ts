import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Builds the page that the gateways of these tests deliver; nothing to do when it is up to date. */
export function setup(): void {
  const arguments_ = ["run", "build", "--filter=@olla-ts/dashboard", "--output-logs=errors-only"];
  execFileSync("node_modules/.bin/turbo", arguments_, { cwd: ROOT, stdio: "pipe" });
}
