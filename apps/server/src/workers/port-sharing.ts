import { once } from "node:events";
import { createServer } from "node:net";

import { bind, type Bound } from "../serve.ts";

/** Whether several listeners of this process may have one port; Linux spreads connections over them. */
export async function canSharePorts(): Promise<boolean> {
  try {
    await bindOnce({ host: "127.0.0.1", port: 0 }, true);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes sure that nobody has the port, another gateway that would share it included.
 *
 * @returns the address that its host stands for
 */
export function claim(wanted: Bound): Promise<Bound> {
  return bindOnce(wanted, false);
}

async function bindOnce(wanted: Bound, reusePort: boolean): Promise<Bound> {
  const server = createServer();
  const bound = await bind(server, { ...wanted, reusePort });
  server.close();
  await once(server, "close");
  return bound;
}
