/** What is known about an endpoint, from probes and from real traffic. */
export type HealthStatus =
  | "unknown"
  | "healthy"
  | "busy"
  | "warming"
  | "unhealthy"
  | "offline"
  | "config_error"
  | "rate_limited";

/** Every status, at the index that shared memory stores for it. */
export const HEALTH_STATUSES: readonly HealthStatus[] = [
  "unknown",
  "healthy",
  "busy",
  "warming",
  "unhealthy",
  "offline",
  "config_error",
  "rate_limited",
];

/** Whether an endpoint of this status may receive requests. */
export function isRoutableStatus(status: HealthStatus): boolean {
  return status === "healthy" || status === "busy" || status === "warming";
}
