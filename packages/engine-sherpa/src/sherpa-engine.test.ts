import { describeProxyEngine, realClock } from "@olla-ts/core/testing";
import { describe } from "vitest";

import { createSherpaEngine } from "./sherpa-engine.ts";

describe("createSherpaEngine", () => {
  describeProxyEngine(
    ({ timeouts, observer }) => createSherpaEngine({ timeouts, observer, clock: realClock }),
    { "keeps the spelling of trailer names": "undici's promise API has them in lower case" },
  );
});
