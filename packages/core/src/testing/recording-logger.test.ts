import { expect, it } from "vitest";

import { createRecordingLogger } from "./recording-logger.ts";

it("keeps the lines of a logger and its children in order, with the children's fields", () => {
  const log = createRecordingLogger();
  const child = log.child({ component: "health" }).child({ endpoint: "a" });
  log.info({ port: 1 }, "listening");
  child.warn({ endpoint: "b" }, "slow");
  child.debug({}, "probe");
  log.error({}, "broken");
  expect(log.lines).toEqual([
    { level: "info", message: "listening", fields: { port: 1 } },
    { level: "warn", message: "slow", fields: { component: "health", endpoint: "b" } },
    { level: "debug", message: "probe", fields: { component: "health", endpoint: "a" } },
    { level: "error", message: "broken", fields: {} },
  ]);
});
