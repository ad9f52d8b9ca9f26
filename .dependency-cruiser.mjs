/**
 * The dependency rule as code. Three rings, arrows point inward only:
 * core <- adapters <- apps. Adapters never see each other.
 */
const ADAPTER = "^packages/(?!core/)([^/]+)/";
const TEST = "\\.(?:test|bench)\\.ts$";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "core-imports-nothing",
      comment: "core is domain and ports: no other package, no framework, no node: module.",
      severity: "error",
      from: { path: "^packages/core/src/", pathNot: ["^packages/core/src/testing/", TEST] },
      to: { pathNot: "^packages/core/src/" },
    },
    {
      name: "domain-below-ports",
      severity: "error",
      from: { path: "^packages/core/src/domain/", pathNot: TEST },
      to: { path: "^packages/core/src/(?:ports|testing)/" },
    },
    {
      name: "adapter-to-adapter",
      comment: "adapters meet only in an app's compose.ts.",
      severity: "error",
      from: { path: ADAPTER },
      to: { path: ADAPTER, pathNot: "^packages/$1/" },
    },
    {
      name: "nothing-imports-an-app",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^apps/" },
    },
    {
      name: "only-compose-knows-adapters",
      severity: "error",
      from: { path: "^apps/[^/]+/src/", pathNot: ["/compose[^/]*\\.ts$", TEST] },
      to: { path: ADAPTER },
    },
    {
      name: "no-testing-in-production",
      severity: "error",
      from: {
        path: "^(?:packages|apps)/",
        pathNot: [TEST, "^packages/core/src/testing/", "^packages/[^/]+/testing/"],
      },
      to: { path: "^packages/core/src/testing/|node_modules/vitest/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/dist/" },
    tsPreCompilationDeps: true, // so that `import type` counts too
    enhancedResolveOptions: {
      conditionNames: ["@olla-ts/source", "import", "default"],
      exportsFields: ["exports"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json"],
    },
  },
};
