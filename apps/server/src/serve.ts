import { once } from "node:events";
import type { Server as NetServer } from "node:net";

import { ConfigError } from "./config/problem.ts";

/** Where a listener ended up. */
export interface Bound {
  /** Address of the network interface. */
  readonly host: string;
  readonly port: number;
}

/** Binds a listener; port 0 is any free one. */
export async function bind(
  server: NetServer,
  { host, port, reusePort = false }: Bound & { readonly reusePort?: boolean },
): Promise<Bound> {
  server.listen({ host: host.replace(/^\[|\]$/g, ""), port, backlog: 4_096, reusePort });
  await once(server, "listening");
  const bound = server.address();
  return typeof bound === "object" && bound !== null
    ? { host: bound.address, port: bound.port }
    : { host, port };
}

/**
 * Opens the port that clients connect to, in the way of `open`.
 *
 * @returns the address for people, `http://localhost:40114`
 * @throws ConfigError when the port cannot be had
 */
export async function listen(
  host: string,
  port: number,
  open: (wanted: Bound) => Promise<Bound>,
): Promise<string> {
  const shown = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  try {
    const bound = await open({ host, port });
    return `http://${shown.includes(":") ? `[${shown}]` : shown}:${bound.port}`;
  } catch (error) {
    throw new ConfigError([
      {
        severity: "error",
        file: undefined,
        line: undefined,
        column: undefined,
        key: "server.port",
        message: `cannot listen on ${host}:${port}: ${reasonOf(error)}`,
      },
    ]);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EADDRINUSE")
    return "another program uses the port; stop it, or set OLLA_SERVER_PORT";
  if (code === "EACCES") return "not permitted; choose a port above 1023";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return "this machine has no such address; check server.host";
  return error instanceof Error ? error.message : String(error);
}
