import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";

// Cached modules hold the places of their dependencies, which an install can move.
const installed = createHash("sha1")
  .update(readFileSync(new URL("pnpm-lock.yaml", import.meta.url)))
  .digest("hex");

export default defineConfig({
  // Workspace packages resolve to their sources, so tests need no build.
  ssr: { resolve: { conditions: ["@olla-ts/source"] } },
  test: {
    restoreMocks: true,
    // More than processors: what takes long is waiting for time-outs of sockets.
    maxWorkers: Math.max(3, availableParallelism()),
    fsModuleCachePath: `node_modules/.vitest-cache/${installed}`,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{packages/*,apps/*,bench}/src/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["tests/src/**/*.test.ts"],
          exclude: ["tests/src/{real,browser,packaging}/**"],
          globalSetup: "tests/src/harness/build-dashboard.ts",
          testTimeout: 20_000,
        },
      },
      {
        // Left out where there is no Chromium; .ci/run installs it.
        extends: true,
        test: {
          name: "browser",
          include: ["tests/src/browser/**/*.test.ts"],
          globalSetup: "tests/src/harness/build-dashboard.ts",
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      },
      {
        // What users install and start: packages, the bundle, the single executable.
        extends: true,
        test: {
          name: "packaging",
          include: ["tests/src/packaging/**/*.test.ts"],
          globalSetup: "tests/src/packaging/build.ts",
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Needs what tests/real-backends/setup.sh installs; one file at a time has the processors.
        extends: true,
        test: {
          name: "real",
          include: ["tests/src/real/**/*.test.ts"],
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
    coverage: {
      include: ["{packages,apps}/*/src/**/*.ts"],
      exclude: ["**/*.{test,bench}.ts", "**/*.worker.ts", "**/index.ts"],
      thresholds: { lines: 90, functions: 90, branches: 85 },
    },
  },
});
