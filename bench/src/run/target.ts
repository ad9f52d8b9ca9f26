import type { EndpointAddress } from "./backend.ts";

/** What a gateway is started with. */
export interface StartPlan {
  readonly port: number;
  /** A fresh directory of this start. */
  readonly directory: string;
  readonly endpoints: readonly EndpointAddress[];
  /** Models that every endpoint has. */
  readonly models: readonly string[];
  /** Threads or processes that serve requests. */
  readonly workers: number;
}

/** How to run a gateway. */
export interface Launch {
  readonly command: readonly string[];
  /** Content by name, written into the directory of the start. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the directory of the start. */
  readonly workingDirectory?: string;
}

/** One program that is measured. */
export interface Target {
  readonly name: string;
  /** Undefined for the backend itself, without a gateway. */
  readonly launch: ((plan: StartPlan) => Launch) | undefined;
  readonly chatPath: string;
  /** Fields of every request. */
  readonly headers?: (plan: Pick<StartPlan, "endpoints">) => Readonly<Record<string, string>>;
  /** Whether it may run: a program that is not installed is left out with a line. */
  readonly isInstalled: () => boolean;
  /** Workloads it is left out of. */
  readonly skip?: readonly string[];
  /** Default: any number. */
  readonly maxEndpoints?: number;
  /** Default: 1. */
  readonly workers?: number;
}
