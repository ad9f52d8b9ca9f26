import { describeProxyEngine, realClock } from "@olla-ts/core/testing";
import { describe } from "vitest";

import { createOllaEngine } from "./olla-engine.ts";

describe("createOllaEngine", () => {
  describeProxyEngine(({ timeouts, observer }) =>
    createOllaEngine({ timeouts, observer, clock: realClock, random: Math.random }),
  );
});
