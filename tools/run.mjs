/**
 * Behind the root commands that work in a fresh checkout: `npm start`, `npm test`, `npm run bench`,
 * `npm run test:real` and `npm run build:executable`.
 *
 * Runs on any Node.js >= 18 with only npm beside it: installs the pinned pnpm
 * and Node.js of tools/toolchain, installs the workspace from its lockfile, and
 * then runs the task with both on PATH. A repeated call skips what is in place.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { nodeFlags } from "./node-flags.mjs";

const NODE_MAJOR = 24;
const PNPM_VERSION = "12.21.0";

/** Task name to commands, run in order; the last one gets the arguments and the signals. */
const TASKS = {
  start: [
    ["pnpm", "run", "--silent", "build:bundle"],
    ["node", ...nodeFlags, "dist/bundle/olla.cjs"],
  ],
  "build:executable": [["node", "tools/build-executable.mjs"]],
  test: [["pnpm", "run", "verify"]],
  "test:real": [
    ["bash", "tests/real-backends/setup.sh"],
    ["pnpm", "exec", "vitest", "run", "--project=real"],
  ],
  bench: [
    ["pnpm", "run", "build"],
    ["pnpm", "run", "--silent", "build:bundle"],
    ["node", "bench/src/main.ts"],
  ],
};

const root = fileURLToPath(new URL("..", import.meta.url));
const toolchain = join(root, "tools", "toolchain");
const bundled = join(toolchain, "node_modules");
const platform = `${process.platform}-${process.arch}`;

const [name = "", ...args] = process.argv.slice(2);
const commands =
  TASKS[name] ?? fail(`unknown task "${name}"; known: ${Object.keys(TASKS).join(", ")}`);

// npm passes its own settings to scripts as npm_*; pnpm would take them for its own.
const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)));
env.DO_NOT_TRACK = "1";

if (isStale(join(bundled, ".package-lock.json"), join(toolchain, "package-lock.json"))) {
  say("installing the pinned Node.js and pnpm into tools/toolchain");
  run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], toolchain);
}
env.PATH = [...nodeDirectory(), ...pnpmDirectory(), env.PATH].join(delimiter);

if (isStale(join(root, "node_modules", ".modules.yaml"), join(root, "pnpm-lock.yaml"))) {
  say("installing the packages of pnpm-lock.yaml");
}
run(["pnpm", "install", "--frozen-lockfile", "--reporter=silent"], root);
for (const command of commands.slice(0, -1)) {
  say(command.join(" "));
  run(command, root);
}
handOver([...commands.at(-1), ...args]);

/** On stderr, so that what the task prints stays the only thing on stdout. */
function say(what) {
  console.error(`[${name}] ${what}`);
}

function isStale(output, input) {
  const made = statSync(output, { throwIfNoEntry: false });
  return made === undefined || made.mtimeMs < statSync(input).mtimeMs;
}

/** Directory of the bundled Node.js, or nothing when the running one is new enough. */
function nodeDirectory() {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return [];
  const directory = join(bundled, `node-${platform}`, "bin");
  if (existsSync(directory)) return [directory];
  return fail(`Node.js ${NODE_MAJOR} or newer is needed, and none is bundled for ${platform}.`);
}

/** Directory of the bundled pnpm, or nothing when the right pnpm is already on PATH. */
function pnpmDirectory() {
  const directory = join(bundled, "@pnpm", `exe.${platform}`);
  if (existsSync(directory)) return [directory];
  const found = spawnSync("pnpm", ["--version"], { cwd: root, env, encoding: "utf8" });
  if (found.stdout?.trim() === PNPM_VERSION) return [];
  return fail(`pnpm is needed: npm install --global pnpm@${PNPM_VERSION}`);
}

function run([command, ...rest], cwd) {
  const { status, error } = spawnSync(command, rest, { cwd, env, stdio: "inherit" });
  if (error) fail(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs the command as if it were this process: same signals, same exit status. */
function handOver([command, ...rest]) {
  const child = spawn(command, rest, { cwd: root, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => fail(`${command}: ${error.message}`));
  child.on("exit", (code) => process.exit(code ?? 1));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
