import type { JSX } from "preact";

import { words } from "../format.ts";

/** How good a thing is; shapes tell the same as colours. */
export type Tone = "good" | "busy" | "warn" | "bad" | "idle";

const TONES: Readonly<Record<string, Tone>> = {
  healthy: "good",
  busy: "busy",
  warming: "busy",
  degraded: "warn",
  unknown: "idle",
  offline: "bad",
  unhealthy: "bad",
  critical: "bad",
  config_error: "bad",
  rate_limited: "warn",
  closed: "good",
  "half-open": "warn",
  open: "bad",
};

export function toneOf(status: string): Tone {
  return TONES[status] ?? "idle";
}

export function toneOfCode(status: number): Tone {
  if (status >= 500) return "bad";
  if (status === 499) return "idle";
  return status >= 400 ? "warn" : "good";
}

/** A coloured shape; a circle is well, a ring is waiting, a triangle and a square are not well. */
export function Dot({ tone }: { tone: Tone }): JSX.Element {
  return (
    <svg class={`dot ${tone}`} viewBox="0 0 10 10" aria-hidden="true">
      {tone === "warn" ? (
        <path d="M5 0.8L9.6 9.2H0.4z" />
      ) : tone === "bad" ? (
        <rect x="0.8" y="0.8" width="8.4" height="8.4" rx="1.5" />
      ) : tone === "idle" ? (
        <circle class="ring" cx="5" cy="5" r="3.6" />
      ) : (
        <circle cx="5" cy="5" r="4.4" />
      )}
    </svg>
  );
}

export function Status({ status }: { status: string }): JSX.Element {
  const tone = toneOf(status);
  return (
    <span class={`status ${tone}`}>
      <Dot tone={tone} />
      {words(status)}
    </span>
  );
}
