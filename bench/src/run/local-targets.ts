import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { ollaConfig } from "./olla-config.ts";
import type { StartPlan, Target } from "./target.ts";

const fileSchema = z.object({
  targets: z.array(
    z.object({
      name: z.string(),
      /** `{config}` stands for a configuration file of Olla, `{port}` for the port to listen on. */
      command: z.array(z.string()).min(1),
      /** Of the configuration file. */
      engine: z.string().default("olla"),
      workingDirectory: z.string().optional(),
      chatPath: z.string().default("/olla/openai/v1/chat/completions"),
      skip: z.array(z.string()).default([]),
    }),
  ),
});

/** Gateways of this machine alone, such as the reference in Go; none without the file. */
export function localTargets(path: string): readonly Target[] {
  if (!existsSync(path)) return [];
  const { targets } = fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  return targets.map(({ name, command, engine, workingDirectory, chatPath, skip }) => ({
    name,
    chatPath,
    skip,
    isInstalled: () => existsSync(command[0] ?? ""),
    launch: (plan: StartPlan) => {
      const config = join(plan.directory, "olla.yaml");
      return {
        command: command.map((part) =>
          part.replaceAll("{config}", config).replaceAll("{port}", `${plan.port}`),
        ),
        files: { "olla.yaml": ollaConfig(plan, engine) },
        ...(workingDirectory !== undefined && { workingDirectory }),
      };
    },
  }));
}
