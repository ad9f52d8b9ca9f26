import type { Exchange } from "./exchange.ts";
import type { Fault } from "./fault.ts";
import { pathNotFound } from "./refusal.ts";
import type { Route } from "./router.ts";

/** Reads the request, lets a fault strike, and answers. Never rejects. */
export async function serveExchange(exchange: Exchange, route: Route | undefined): Promise<void> {
  try {
    if (!route?.readsBody) await exchange.readBody();
    if (exchange.fault && (await strike(exchange, exchange.fault))) return;
    if (route) await route.handle(exchange);
    else await exchange.refuse(pathNotFound(exchange.record.method, exchange.path));
  } catch (error) {
    if (!exchange.isOver) await failExchange(exchange, error);
  }
}

/** Lets a fault that replaces the answer act; false for those that act on the answer as it is sent. */
async function strike(exchange: Exchange, fault: Fault): Promise<boolean> {
  if (fault.type === "hang") {
    await readRest(exchange);
    return exchange.suspend();
  }
  if (fault.type === "status") {
    await readRest(exchange);
    await exchange.answerStatus(fault);
    return true;
  }
  if (fault.type === "reset-before-headers" || fault.type === "close-before-headers") {
    await readRest(exchange);
    exchange.sever(fault.type === "reset-before-headers" ? "reset" : "close");
    return true;
  }
  return false;
}

async function readRest(exchange: Exchange): Promise<void> {
  if (!exchange.record.isComplete) await exchange.readBody();
}

/** A defect of the simulator itself: told to the client, or as a broken answer once the head is out. */
async function failExchange(exchange: Exchange, error: unknown): Promise<void> {
  if (exchange.isHeadSent) return exchange.sever("reset");
  const message = error instanceof Error ? error.message : String(error);
  return exchange.refuse({ status: 500, reason: "internal", message });
}
