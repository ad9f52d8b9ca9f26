import { describe, expect, it } from "vitest";

import { readBootstrapVariables } from "./bootstrap-variables.ts";

describe("readBootstrapVariables", () => {
  it.each([{}, { OLLA_LOG_DIR: "", OLLA_LOG_LEVEL: "", OLLA_LOG_SIZE_MB: "" }])(
    "has these defaults, also for variables that are empty: %j",
    (env) => {
      expect(readBootstrapVariables(env)).toEqual({
        variables: {
          earlyLevel: "info",
          pretty: undefined,
          fileOutput: undefined,
          logFile: {
            directory: "./logs",
            maxBytes: 1_048_576,
            maxBackups: 7,
            maxAgeMs: 14 * 86_400_000,
          },
        },
        problems: [],
      });
    },
  );

  it("reads every variable", () => {
    const { variables, problems } = readBootstrapVariables({
      OLLA_LOG_LEVEL: "WARN",
      OLLA_PRETTY_LOGS: "false",
      OLLA_FILE_OUTPUT: "1",
      OLLA_LOG_DIR: "/tmp/x",
      OLLA_LOG_SIZE_MB: "5",
      OLLA_LOG_MAX_BACKUPS: "0",
      OLLA_LOG_MAX_AGE_DAYS: "1",
    });
    expect(problems).toEqual([]);
    expect(variables).toEqual({
      earlyLevel: "warn",
      pretty: false,
      fileOutput: true,
      logFile: { directory: "/tmp/x", maxBytes: 5_242_880, maxBackups: 0, maxAgeMs: 86_400_000 },
    });
  });

  it.each([
    ["OLLA_LOG_LEVEL", "loud", '"loud" is not debug, info, warn or error; the variable is ignored'],
    ["OLLA_PRETTY_LOGS", "x", '"x" is not true or false; the variable is ignored'],
    ["OLLA_LOG_SIZE_MB", "0", '"0" is not a whole number from 1 to 10000; the variable is ignored'],
    [
      "OLLA_LOG_MAX_BACKUPS",
      "-1",
      '"-1" is not a whole number from 0 to 10000; the variable is ignored',
    ],
    [
      "OLLA_LOG_MAX_AGE_DAYS",
      "2d",
      '"2d" is not a whole number from 0 to 10000; the variable is ignored',
    ],
  ])("C20 warns of %s=%s and keeps the default", (key, value, message) => {
    const { variables, problems } = readBootstrapVariables({ [key]: value });
    expect(problems).toMatchObject([{ severity: "warning", key, message }]);
    expect(variables).toEqual(readBootstrapVariables({}).variables);
  });
});
