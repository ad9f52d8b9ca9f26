import {
  endpointAddress,
  listOf,
  nameOf,
  recordOf,
  textOf,
  type Converted,
  type ImportedEndpoint,
} from "./converted.ts";

/** Provider in front of a model's name → kind of server. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["ollama", "ollama"],
  ["ollama_chat", "ollama"],
  ["hosted_vllm", "vllm"],
  ["vllm", "vllm"],
  ["lm_studio", "lm-studio"],
  ["llamafile", "llamafile"],
  ["infinity", "infinity"],
  ["huggingface", "tgi"],
  ["triton", "triton"],
  ["anthropic", "anthropic"],
  ["litellm_proxy", "litellm"],
  ["openai", "openai-compatible"],
  ["openai_like", "openai-compatible"],
  ["custom_openai", "openai-compatible"],
  ["text-completion-openai", "openai-compatible"],
  ["xinference", "openai-compatible"],
]);

const BALANCERS: ReadonlyMap<string, string> = new Map([
  ["least-busy", "least-connections"],
  ["simple-shuffle", "round-robin"],
]);

const TAKEN_PARAMS: ReadonlySet<string> = new Set([
  "model",
  "api_base",
  "api_key",
  "custom_llm_provider",
]);

/** A LiteLLM proxy configuration: `model_list`, and what of the settings has a counterpart. */
export function fromLiteLlm(document: Readonly<Record<string, unknown>>): Converted {
  const models = new ModelList();
  for (const [index, entry] of listOf(document["model_list"]).entries()) {
    models.add(recordOf(entry), `model_list[${index}]`);
  }
  const router = recordOf(document["router_settings"]);
  const general = recordOf(document["litellm_settings"]);
  for (const [alias, target] of Object.entries(recordOf(router["model_group_alias"]))) {
    models.addAlias(alias, textOf(target) ?? textOf(recordOf(target)["model"]));
  }
  const proxy = proxyOf(router, general);
  const aliases = models.aliases();
  return {
    config: {
      ...(Object.keys(proxy).length > 0 && { proxy }),
      discovery: { static: { endpoints: models.endpoints() } },
      ...(Object.keys(aliases).length > 0 && { model_aliases: aliases }),
    },
    notes: [...models.notes(), ...leftOut(document, router, general)],
  };
}

/** Deployments, gathered by server and by the name that clients use. */
class ModelList {
  readonly #endpoints = new Map<string, ImportedEndpoint>();
  /** Name that clients use → real models. */
  readonly #groups = new Map<string, Set<string>>();
  readonly #notes: string[] = [];
  /** Parameter left out → how many deployments had it. */
  readonly #params = new Map<string, number>();

  add(entry: Readonly<Record<string, unknown>>, place: string): void {
    const params = recordOf(entry["litellm_params"]);
    const name = textOf(entry["model_name"]) ?? "";
    const { kind, model } = modelOf(textOf(params["model"]) ?? "", params);
    const base = textOf(params["api_base"]);
    const address = base === undefined ? undefined : endpointAddress(base);
    if (address === undefined) {
      this.#notes.push(`${place} (${name}): ${whyNoAddress(base)}`);
      return;
    }
    for (const param of Object.keys(params)) {
      if (!TAKEN_PARAMS.has(param)) this.#params.set(param, (this.#params.get(param) ?? 0) + 1);
    }
    this.#addEndpoint(address, kind, textOf(params["api_key"]), place);
    if (name.includes("*") || model.includes("*") || name === "" || model === "") return;
    const group = this.#groups.get(name) ?? new Set();
    this.#groups.set(name, group.add(model));
  }

  #addEndpoint(
    { url, preservePath }: { readonly url: string; readonly preservePath: boolean },
    type: string,
    key: string | undefined,
    place: string,
  ): void {
    const token = key === undefined ? undefined : key.replace(/^os\.environ\/(\w+)$/, "${$1}");
    const known = this.#endpoints.get(url);
    if (known !== undefined) {
      if (token !== undefined && known.auth?.token !== token)
        this.#notes.push(`${place}: ${url} has another api_key already; this one is left out`);
      if (known.type !== type)
        this.#notes.push(`${place}: ${url} is of type ${known.type} already, not ${type}`);
      return;
    }
    this.#endpoints.set(url, {
      name: nameOf(url),
      url,
      type,
      ...(preservePath && { preserve_path: true }),
      ...(token !== undefined && { auth: { type: "bearer", token } }),
    });
  }

  addAlias(alias: string, target: string | undefined): void {
    if (target !== undefined)
      this.#groups.set(alias, new Set(this.#groups.get(target) ?? [target]));
  }

  endpoints(): readonly ImportedEndpoint[] {
    return [...this.#endpoints.values()];
  }

  /** Only names that are not the real one need an alias. */
  aliases(): Readonly<Record<string, readonly string[]>> {
    const needed = [...this.#groups].filter(
      ([name, models]) => models.size > 1 || !models.has(name),
    );
    return Object.fromEntries(needed.map(([name, models]) => [name, [...models]]));
  }

  notes(): readonly string[] {
    const params = [...this.#params].map(
      ([param, count]) => `litellm_params.${param} (${count} of model_list): left out`,
    );
    return [...this.#notes, ...params];
  }
}

function modelOf(
  written: string,
  params: Readonly<Record<string, unknown>>,
): { readonly kind: string; readonly model: string } {
  const slash = written.indexOf("/");
  const prefix = slash === -1 ? "" : written.slice(0, slash);
  const stated = textOf(params["custom_llm_provider"]);
  const kind = KINDS.get(stated ?? prefix) ?? "openai-compatible";
  return { kind, model: KINDS.has(prefix) ? written.slice(slash + 1) : written };
}

function whyNoAddress(base: string | undefined): string {
  if (base === undefined) return "left out: it has no api_base, so it is a cloud service";
  if (base.startsWith("os.environ/"))
    return "left out: its api_base is a variable; name the address in discovery.static.endpoints";
  return "left out: its api_base is no address";
}

function proxyOf(
  router: Readonly<Record<string, unknown>>,
  general: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const balancer = BALANCERS.get(textOf(router["routing_strategy"]) ?? "");
  const retries = router["num_retries"] ?? general["num_retries"];
  const seconds = router["timeout"] ?? general["request_timeout"];
  return {
    ...(balancer !== undefined && { load_balancer: balancer }),
    ...(isCount(retries) && { max_retries: retries }),
    ...(isCount(seconds) && seconds > 0 && { response_timeout: `${seconds}s` }),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function leftOut(
  document: Readonly<Record<string, unknown>>,
  router: Readonly<Record<string, unknown>>,
  general: Readonly<Record<string, unknown>>,
): readonly string[] {
  const strategy = textOf(router["routing_strategy"]);
  const isMapped = strategy === undefined || BALANCERS.has(strategy);
  const taken = ["num_retries", "timeout", "model_group_alias", "routing_strategy"];
  const settings = [
    ...(isMapped ? [] : [`router_settings.routing_strategy ${strategy}`]),
    ...Object.keys(router)
      .filter((key) => !taken.includes(key))
      .map((key) => `router_settings.${key}`),
    ...Object.keys(general)
      .filter((key) => key !== "num_retries" && key !== "request_timeout")
      .map((key) => `litellm_settings.${key}`),
    ...Object.keys(document).filter(
      (key) => !["model_list", "router_settings", "litellm_settings"].includes(key),
    ),
  ];
  return settings.map((key) => `${key}: left out`);
}
