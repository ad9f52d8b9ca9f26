import { isRecord } from "../config/yaml-source.ts";

const COLOURS: Readonly<Record<string, string>> = {
  DEBUG: "\u001B[90m",
  INFO: "\u001B[36m",
  WARN: "\u001B[33m",
  ERROR: "\u001B[31m",
};
const RESET = "\u001B[0m";

/**
 * A JSON log record as one line for people:
 * `2026-01-02T03:04:05.678Z INFO  Endpoint is healthy endpoint=gpu-a`.
 */
export function textLine(json: string, coloured: boolean): string {
  const record: unknown = JSON.parse(json);
  if (!isRecord(record)) return json;
  const { timestamp, level, msg, ...fields } = record;
  const word = String(level).padEnd(5);
  const shown = coloured ? `${COLOURS[String(level)] ?? ""}${word}${RESET}` : word;
  const rest = Object.entries(fields)
    .map(([key, value]) => ` ${key}=${display(value)}`)
    .join("");
  return `${String(timestamp)} ${shown} ${String(msg)}${rest}\n`;
}

function display(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "";
  return value === "" || /[\s"=]/.test(value) ? JSON.stringify(value) : value;
}
