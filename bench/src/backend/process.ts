import { BackendEndpoint } from "./endpoint.ts";
import { backendPlanSchema, orderSchema } from "./orders.ts";

// The fake inference servers, in a process of their own: the plan is the first message, orders follow.

const endpoints: BackendEndpoint[] = [];

function tellCounts(): void {
  process.send?.(endpoints.map((endpoint) => endpoint.counts()));
}

async function start(message: unknown): Promise<void> {
  const { addresses, models, ownModels } = backendPlanSchema.parse(message);
  for (const [at, { host, port }] of addresses.entries()) {
    const own = ownModels[at];
    const endpoint = new BackendEndpoint({
      host,
      port,
      models: own === undefined ? models : [...models, own],
    });
    await endpoint.open();
    endpoints.push(endpoint);
  }
  tellCounts();
}

async function obey(message: unknown): Promise<void> {
  const order = orderSchema.parse(message);
  if (order.kind === "mode") await endpoints[order.endpoint]?.setMode(order.mode);
  tellCounts();
}

process.on("message", (message) => {
  void (endpoints.length === 0 ? start(message) : obey(message));
});
process.on("disconnect", () => process.exit());
