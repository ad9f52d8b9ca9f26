/** What a configuration can choose from is what the adapters offer. */
export { strategyNames } from "@olla-ts/balancer";
