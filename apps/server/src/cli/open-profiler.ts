import { close, open, url } from "node:inspector";

const HOST = "127.0.0.1";
const PORT = 19_841;

/**
 * Opens node's inspector on this machine alone, for profiles of processor and heap.
 *
 * @returns its address, until disposed; undefined when the port cannot be had
 */
export function openProfiler(): Disposable & { readonly address: string | undefined } {
  if (url() === undefined) open(PORT, HOST);
  return { address: url(), [Symbol.dispose]: close };
}
