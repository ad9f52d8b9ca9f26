import { z } from "zod";

/** What the runner tells the backend process. */
export const orderSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("mode"),
    endpoint: z.number(),
    mode: z.union([z.enum(["ok", "refuse", "hang", "reset"]), z.number()]),
  }),
  z.object({ kind: z.literal("counts") }),
]);

export type Order = z.infer<typeof orderSchema>;

/** The answer to every order, and the first message of the process. */
export const countsSchema = z.array(
  z.object({
    requests: z.number(),
    active: z.number(),
    tokens: z.number(),
    connections: z.number(),
  }),
);

/** What the backend process is started with. */
export const backendPlanSchema = z.object({
  addresses: z.array(z.object({ host: z.string(), port: z.number() })),
  /** Listed by every endpoint. */
  models: z.array(z.string()),
  /** Listed by the endpoint of the same place alone; empty for none. */
  ownModels: z.array(z.string()),
});

export type BackendPlan = z.infer<typeof backendPlanSchema>;
