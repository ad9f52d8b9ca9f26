#!/usr/bin/env node
import { runSimulator } from "./run.ts";

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stopping.abort());
}
process.exitCode = await runSimulator({
  words: process.argv.slice(2),
  write: (text) => process.stdout.write(text),
  signal: stopping.signal,
});
