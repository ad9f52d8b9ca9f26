import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startBackend } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { configFor, startGateway } from "./harness/gateway.ts";
import { makeFolder } from "./harness/program.ts";

describe("models.yaml", () => {
  it("decides how the catalogue describes a model", async () => {
    using folder = makeFolder();
    mkdirSync(join(folder.path, "config"));
    writeFileSync(
      join(folder.path, "config", "models.yaml"),
      `model_extraction:
  family_patterns: [{pattern: '(?i)^(pine)-(.+)$', variant_group: 2}]
capabilities:
  name_patterns: [{pattern: '^PINE', capabilities: [shade]}]
`,
    );
    await using backend = await startBackend({
      kind: "openai-compatible",
      name: "first",
      models: ["pine-7b"],
    });
    await using gateway = await startGateway({
      config: configFor([backend]),
      cwd: folder.path,
    });
    const response = await fetch(`${gateway.url}/olla/models`);
    const { data } = (await response.json()) as { data: readonly { olla: unknown }[] };
    expect(data[0]?.olla).toMatchObject({
      family: "pine",
      variant: "7b",
      capabilities: ["shade", "text-generation"],
    });
  });
});
