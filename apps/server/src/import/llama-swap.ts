import {
  endpointAddress,
  listOf,
  recordOf,
  textOf,
  type Converted,
  type ImportedEndpoint,
} from "./converted.ts";

/** Where llama-swap listens unless told otherwise. */
const LLAMA_SWAP = "http://localhost:8080";

const TAKEN: ReadonlySet<string> = new Set(["models", "peers", "apiKeys"]);

/**
 * A llama-swap configuration. It starts and stops servers, which olla does not: it stays in
 * front of its own models, as one endpoint; its peers become endpoints of their own.
 */
export function fromLlamaSwap(document: Readonly<Record<string, unknown>>): Converted {
  const models = Object.entries(recordOf(document["models"]));
  const key = tokenOf(listOf(document["apiKeys"])[0]);
  const own: readonly ImportedEndpoint[] =
    models.length === 0
      ? []
      : [{ name: "llama-swap", url: LLAMA_SWAP, type: "llama-swap", ...authOf(key) }];
  const notes: string[] = [];
  const peers = Object.entries(recordOf(document["peers"])).flatMap(([name, peer]) => {
    const endpoint = peerOf(name, recordOf(peer));
    if (endpoint === undefined) notes.push(`peers.${name}: left out, its proxy is no address`);
    return endpoint ?? [];
  });
  const aliases = models.flatMap(([model, settings]) => aliasesOf(model, recordOf(settings)));
  return {
    config: {
      discovery: { static: { endpoints: [...own, ...peers] } },
      ...(aliases.length > 0 && { model_aliases: Object.fromEntries(aliases) }),
    },
    notes: [
      ...(models.length === 0
        ? []
        : [
            `models (${models.length}): go on running llama-swap, which starts their servers; the endpoint "llama-swap" is ${LLAMA_SWAP}, change it if it listens elsewhere`,
          ]),
      ...notes,
      ...Object.keys(document)
        .filter((one) => !TAKEN.has(one))
        .map((one) => `${one}: left out, llama-swap goes on using it`),
    ],
  };
}

function peerOf(
  name: string,
  peer: Readonly<Record<string, unknown>>,
): ImportedEndpoint | undefined {
  const address = endpointAddress(textOf(peer["proxy"]) ?? "");
  if (address === undefined) return undefined;
  const models = listOf(peer["models"]).filter((model) => typeof model === "string");
  return {
    name,
    url: address.url,
    type: "openai-compatible",
    ...(address.preservePath && { preserve_path: true }),
    ...authOf(tokenOf(peer["apiKey"])),
    ...(models.length > 0 && { model_filter: { include: models } }),
  };
}

function aliasesOf(
  model: string,
  settings: Readonly<Record<string, unknown>>,
): readonly [string, readonly string[]][] {
  return listOf(settings["aliases"]).flatMap((alias): [string, readonly string[]][] => {
    const name = textOf(alias) ?? textOf(recordOf(alias)["id"]);
    return name === undefined ? [] : [[name, [model]]];
  });
}

/** `${env.NAME}` is `${NAME}` here. */
function tokenOf(key: unknown): string | undefined {
  return textOf(key)?.replaceAll(/\$\{env\.(\w+)\}/g, "${$1}");
}

function authOf(token: string | undefined): Pick<ImportedEndpoint, "auth"> {
  return token === undefined ? {} : { auth: { type: "bearer", token } };
}
