import { once } from "node:events";
import type { Server } from "node:http";

import { ConfigError } from "./config/problem.ts";

/**
 * Binds the listener; port 0 is any free one.
 *
 * @returns the address for people, `http://localhost:40114`
 * @throws ConfigError when the port cannot be had
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  const shown = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  try {
    server.listen({ host: host.replace(/^\[|\]$/g, ""), port, backlog: 4_096 });
    await once(server, "listening");
    const bound = server.address();
    const actual = typeof bound === "object" && bound !== null ? bound.port : port;
    return `http://${shown.includes(":") ? `[${shown}]` : shown}:${actual}`;
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
