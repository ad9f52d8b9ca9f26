import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

// Loaded before the gateway (`--import`): the first SIGUSR2 begins a recording, the second
// writes it to the file that the environment names.

const file = process.env["BENCH_PROFILE_FILE"] ?? "";
const kind = process.env["BENCH_PROFILE_KIND"] ?? "cpu";
const SAMPLE_MICROSECONDS = 200;
const SAMPLE_BYTES = 8_192;

const session = new Session();
session.connect();
let recording = false;

async function begin(): Promise<void> {
  if (kind === "cpu") {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_MICROSECONDS });
    await session.post("Profiler.start");
    return;
  }
  // Also what was collected meanwhile: the question is what is allocated, not what stays.
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: SAMPLE_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
}

async function end(): Promise<void> {
  const { profile } =
    kind === "cpu"
      ? await session.post("Profiler.stop")
      : await session.post("HeapProfiler.stopSampling");
  writeFileSync(file, JSON.stringify(profile));
}

process.on("SIGUSR2", () => {
  const step = recording ? end() : begin();
  recording = true;
  void step;
});
