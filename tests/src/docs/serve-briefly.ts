import { cwd, env } from "node:process";

import { startProgram, startRunning } from "../harness/program.ts";

// Stands for `olla serve` and `olla simulate` in the pages: starts it, waits until it serves,
// stops it as Ctrl-C would, and exits as it did.

const args = process.argv.slice(2);
const variables = Object.fromEntries(
  Object.entries(env).flatMap(([name, value]) =>
    // The port is another program's by now, or that of the gateway that the page speaks of.
    value === undefined || /^OLLA_SERVER_(?:HOST|PORT)$/.test(name) ? [] : [[name, value]],
  ),
);
const options = { cwd: cwd(), env: variables };

if (args[0] === "simulate") {
  await using program = startProgram(args, options);
  while (!program.output().includes("\n")) {
    await Promise.race([program.end, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  program.kill("SIGINT");
  await finish(program.end);
} else {
  await using program = await startRunning(args, options);
  program.kill("SIGINT");
  await finish(program.end);
}

async function finish(
  end: Promise<{ status: number | null; stdout: string; stderr: string }>,
): Promise<void> {
  const { status, stdout, stderr } = await end;
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = status ?? 1;
}
