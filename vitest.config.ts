import { defineConfig } from "vitest/config";

export default defineConfig({
  // Workspace packages resolve to their sources, so tests need no build.
  ssr: { resolve: { conditions: ["@olla-ts/source"] } },
  test: {
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["{packages,apps}/*/src/**/*.test.ts"], testTimeout: 5_000 },
      },
      {
        extends: true,
        test: { name: "integration", include: ["tests/src/**/*.test.ts"], testTimeout: 20_000 },
      },
    ],
    coverage: {
      include: ["{packages,apps}/*/src/**/*.ts"],
      exclude: ["**/*.{test,bench}.ts", "**/*.worker.ts", "**/index.ts"],
      thresholds: { lines: 90, functions: 90, branches: 85 },
    },
  },
});
