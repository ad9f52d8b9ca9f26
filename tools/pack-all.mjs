/**
 * Packs every package that is published into dist/tarballs, as `pnpm publish` would send it.
 *
 *   pnpm pack:all
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tarballs = join(root, "dist", "tarballs");

rmSync(tarballs, { recursive: true, force: true });
mkdirSync(tarballs, { recursive: true });
run("pnpm", "run", "build");
run(
  "pnpm",
  "--recursive",
  "--filter=./packages/*",
  "--filter=./apps/*",
  "pack",
  `--pack-destination=${tarballs}`,
);

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
