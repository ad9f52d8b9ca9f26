import { resolve } from "node:path";

import type { Clock, Logger } from "@olla-ts/core/ports";

import type { ConfigFile } from "./config/schema.ts";
import { createInspector } from "./inspector/inspector.ts";
import type { Inspector } from "./pipeline/inspection.ts";

/** The configured inspector of Anthropic messages; undefined when it is off. */
export function composeInspector(
  { translators }: ConfigFile,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): (Inspector & AsyncDisposable) | undefined {
  const { enabled, output_dir, session_header, max_file_size } = translators.anthropic.inspector;
  if (!enabled) return undefined;
  return createInspector({
    directory: resolve(output_dir),
    sessionHeader: session_header,
    maxFileBytes: max_file_size > 0 ? max_file_size : Infinity,
    clock,
    log: log.child({ component: "inspector" }),
  });
}
