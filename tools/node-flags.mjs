/**
 * How Node.js is started for the gateway. Objects that die young get 8 MB at a time instead of 16 or
 * 32: it costs no measurable time and saves 15 MB idle, 70 MB after a load (docs/performance.md).
 */
export const nodeFlags = ["--max-semi-space-size=8"];
