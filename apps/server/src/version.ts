import { readFileSync } from "node:fs";

import { isRecord } from "./config/yaml-source.ts";

/** Version of this package: the one of the gateway. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  const version = isRecord(manifest) ? manifest["version"] : undefined;
  return typeof version === "string" ? version : "unknown";
}
