import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { writeReport } from "../report/write-report.ts";
import { readRows, Results } from "./results.ts";

describe("Results", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "bench-results-"));
    vi.spyOn(console, "log").mockImplementation(() => {});
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it("gives back what was added", () => {
    const path = join(directory, "deeper", "x.jsonl");
    const results = new Results(path);
    const place = { workload: "W7", target: "a", round: 1, endpoints: 3 };
    results.add(place, { figures: { firstAnswerMs: 12.5 } });
    results.add({ ...place, round: 2 }, { error: "did not start" });
    expect(readRows(path)).toMatchObject([
      { ...place, figures: { firstAnswerMs: 12.5 } },
      { round: 2, error: "did not start", figures: {} },
    ]);
  });

  it("has no report without measurements", () => {
    expect(() => writeReport(join(directory, "none.jsonl"), directory)).toThrow("no measurements");
  });

  it("tells each row on the terminal, errors of the load too", () => {
    const results = new Results(undefined);
    results.add({ workload: "W1", target: "a", round: 1, endpoints: 4 }, { error: "it ended" });
    expect(console.log).toHaveBeenCalledWith(expect.stringMatching(/W1 .* a .* ERROR it ended/));
  });
});

it("every section of the report has its place in the document", () => {
  const document = readFileSync(new URL("../../../docs/performance.md", import.meta.url), "utf8");
  const names = ["environment", "goals", "W1", "W2", "W3", "W3-200", "W4", "W5", "W6", "W7", "W8"];
  for (const name of names) {
    expect(document).toContain(`<!-- bench:begin ${name} -->`);
    expect(document).toContain(`<!-- bench:end ${name} -->`);
  }
});
