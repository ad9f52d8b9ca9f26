/**
 * Adds up the tests of several runs of vitest and prints `N passed, M failed`.
 *
 * Arguments: the exit status of the whole, then vitest's JSON reports. What
 * failed without a test's name counts as one failure: a missing report, a file
 * that does not load, or a status other than 0 with nothing else to show for it.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const [status, ...files] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const file of files) {
  if (!existsSync(file)) {
    process.stdout.write(`No report ${basename(file)}: what runs before these tests failed.\n`);
    failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests + report.testResults.filter(isBrokenFile).length;
}
if (status !== "0" && failed === 0) failed = 1;

process.stdout.write(`${passed} passed, ${failed} failed\n`);

function isBrokenFile({ status: outcome, assertionResults }) {
  return outcome === "failed" && !assertionResults.some((test) => test.status === "failed");
}
