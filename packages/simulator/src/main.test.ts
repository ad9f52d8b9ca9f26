import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

describe("olla-simulator", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("ends with 0 on %s", async (signal) => {
    const command = spawn(process.execPath, [main, "--port", "0", "--backends", "1"]);
    let printed = "";
    for await (const chunk of command.stdout.setEncoding("utf8")) {
      printed += String(chunk);
      if (printed.includes("discovery:")) command.kill(signal);
    }
    const [code] = command.exitCode === null ? await once(command, "exit") : [command.exitCode];
    expect(code).toBe(0);
    expect(printed).toMatch(/^http:\/\/127\.0\.0\.1:\d+ {2}ollama {2}demo-ollama/);
  });
});
