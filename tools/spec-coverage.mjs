/**
 * Prints the numbered statements of behaviour that neither a test's title nor docs/compatibility.md carries, and
 * fails when there is one. A title, or its part in a table of cases, begins with its numbers:
 * `it("HP-17 HP-18 keeps the query", …)`, `["CF-15", "OLLA_SERVER_PORT", "99999"]`.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** How many statements each list has; they are numbered from 1. */
const LISTS = {
  CF: { about: "configuration", statements: 58 },
  RT: { about: "routing", statements: 82 },
  HP: { about: "forwarded requests", statements: 85 },
  HI: { about: "the gateway's own documents", statements: 57 },
  PV: { about: "kinds of backend", statements: 68 },
  TR: { about: "translation", statements: 74 },
};

const NUMBER = `(?:${Object.keys(LISTS).join("|")})-\\d+[a-z]?`;
/** Numbers of other lists, of known defects for example, may stand among them. */
const TITLE = new RegExp(
  `(\\.(?:skip|todo)\\(\\s*)?["'\`]((?:[A-Z]\\d+ )*${NUMBER}(?:[ ,]+(?:${NUMBER}|[A-Z]\\d+))*)[ "'\`]`,
  "g",
);

const root = fileURLToPath(new URL("..", import.meta.url));
const tested = new Set(tests().flatMap((file) => titleNumbers(read(file))));
const documented = new Set(numbersIn(read("docs/compatibility.md")));

let missing = 0;
for (const [list, { about, statements }] of Object.entries(LISTS)) {
  const numbers = Array.from({ length: statements }, (_, index) => `${list}-${index + 1}`);
  const bare = numbers.filter((number) => !tested.has(number) && !documented.has(number));
  const inTests = numbers.filter((number) => tested.has(number)).length;
  missing += bare.length;
  console.log(
    `${list} ${about}: ${inTests} of ${statements} in tests` +
      (bare.length > 0 ? `, neither tested nor documented: ${bare.join(" ")}` : ""),
  );
}
process.exitCode = missing > 0 ? 1 : 0;

function tests() {
  const options = { cwd: root, exclude: ["**/node_modules", "**/dist"] };
  return globSync(
    ["{packages,apps,tests}/**/*.test.{ts,tsx}", "packages/core/src/testing/**/*.ts"],
    options,
  );
}

function read(file) {
  return readFileSync(`${root}/${file}`, "utf8");
}

function titleNumbers(text) {
  return [...text.matchAll(TITLE)]
    .filter(([, skipped]) => skipped === undefined)
    .flatMap(([, , numbers]) => numbersIn(numbers));
}

/** Numbers of statements; a letter behind one tells cases of it apart. */
function numbersIn(text) {
  return (text.match(new RegExp(NUMBER, "g")) ?? []).map((number) => number.replace(/[a-z]$/, ""));
}
