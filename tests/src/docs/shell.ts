import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env as ownEnvironment } from "node:process";
import { text } from "node:stream/consumers";

import { makeFolder } from "../harness/program.ts";
import { ADMIN_TOKEN } from "./fleet.ts";
import { ROOT } from "./pages.ts";
import { writeBelow } from "./write-below.ts";

/** How a command of a page ended. */
export interface ShellEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own with a shell in which the commands of a page run. */
export interface Shell extends Disposable {
  readonly write: (name: string, content: string) => void;
  readonly run: (script: string) => Promise<ShellEnd>;
}

const NODE = `exec "${process.execPath}" --conditions=@olla-ts/source`;
const OLLA = `#!/usr/bin/env bash
case "\${1-}" in
  "" | serve | simulate | -c | --config | --strict)
    ${NODE} "${ROOT}tests/src/docs/serve-briefly.ts" "$@" ;;
  *) ${NODE} "${ROOT}apps/server/src/main.ts" "$@" ;;
esac
`;
/** In a checkout `npm start --` is `olla`, and `npm test` is what runs already. */
const NPM = `#!/usr/bin/env bash
[[ "$1" != test ]] || exit 0
[[ "$1" == start ]] || { echo "npm $*: only npm start runs in a test" >&2; exit 1; }
shift
[[ "\${1-}" != -- ]] || shift
exec olla "$@"
`;

/** @param gateway address that `olla status` and others of its kind ask */
export function openShell(gateway: string): Shell {
  const folder = makeFolder();
  const programs = join(folder.path, ".programs");
  mkdirSync(programs);
  for (const [name, script] of [
    ["olla", OLLA],
    ["npm", NPM],
  ] as const) {
    writeFileSync(join(programs, name), script);
    chmodSync(join(programs, name), 0o755);
  }
  const { hostname, port } = new URL(gateway);
  const env = {
    PATH: `${programs}:${ownEnvironment["PATH"] ?? ""}`,
    HOME: folder.path,
    NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/modules"),
    OLLA_SERVER_HOST: hostname,
    OLLA_SERVER_PORT: port,
    OLLA_ADMIN_TOKEN: ADMIN_TOKEN,
  };
  return {
    write: (name, content) => writeBelow(folder, name, content),
    run(script) {
      const options = { cwd: folder.path, env };
      const child = spawn("bash", ["-euo", "pipefail", "-c", script], options);
      child.stdin.end();
      return endOf(child);
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Reads what a program writes until it has ended. */
export async function endOf(child: ChildProcessWithoutNullStreams): Promise<ShellEnd> {
  const ended = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  return { status: child.exitCode, stdout, stderr };
}
