import { kindOfServer, searchBackends } from "../compose-local-backends.ts";
import { CommandFailure, EXIT } from "./command-failure.ts";
import type { InitArguments } from "./parse-arguments.ts";
import { formatTable } from "./table.ts";
import type { CommandWorld } from "./world.ts";
import { writeConfigFile } from "./write-file.ts";

/** One endpoint of the configuration that is written. */
interface Found {
  readonly name: string;
  readonly url: string;
  readonly type: string;
}

const EXAMPLE = `      # - name: rack-1
      #   url: "http://10.0.0.11:8000"
      #   type: vllm
      #   priority: 100                    # higher is preferred by the balancer priority
      #   auth: { type: bearer, token: "\${VLLM_TOKEN}" }
`;

/**
 * Writes a configuration with the servers that are found.
 *
 * @param ports looked at on this machine; default: the well-known ones
 * @returns the exit status
 * @throws CommandFailure
 */
export async function runInit(
  { output, urls, force }: InitArguments,
  world: CommandWorld,
  ports?: readonly number[],
): Promise<number> {
  const { signal } = new AbortController();
  const addresses = urls.map((url) => checkedAddress(url));
  const [local, named] = await Promise.all([
    searchBackends({ signal, ...(ports !== undefined && { ports }) }),
    Promise.all(addresses.map((url) => lookAt(url, signal, world))),
  ]);
  const known = new Set(named.map(({ url }) => url));
  const found = withUniqueNames([...named, ...local.filter(({ url }) => !known.has(url))]);
  const text = configText(found);
  if (output === "-") {
    world.print(text);
    return EXIT.ok;
  }
  writeConfigFile(output, text, { cwd: world.cwd, force });
  world.print(report(found, output, world));
  return EXIT.ok;
}

function checkedAddress(written: string): string {
  const parsed = URL.parse(written.includes("://") ? written : `http://${written}`);
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === "")
    return parsed.origin + parsed.pathname.replace(/\/+$/, "");
  throw new CommandFailure(
    `--url: write http://host:port, without user name or password`,
    EXIT.usage,
  );
}

async function lookAt(url: string, signal: AbortSignal, { warn }: CommandWorld): Promise<Found> {
  const type = await kindOfServer(url, { signal });
  if (type === undefined) warn(`nobody known answers at ${url}: type auto finds out later\n`);
  return {
    name: `${type ?? "server"}-${new URL(url).host.replaceAll(":", "-")}`,
    url,
    type: type ?? "auto",
  };
}

function withUniqueNames(found: readonly Found[]): readonly Found[] {
  const taken = new Set<string>();
  return found.map((one) => {
    let { name } = one;
    for (let count = 2; taken.has(name); count += 1) name = `${one.name}-${count}`;
    taken.add(name);
    return { ...one, name };
  });
}

function configText(found: readonly Found[]): string {
  const entries = found.map(
    ({ name, url, type }) =>
      `      - name: ${JSON.stringify(name)}\n        url: ${JSON.stringify(url)}\n        type: ${type}\n`,
  );
  const list = entries.length === 0 ? " []\n" : `\n${entries.join("")}`;
  return `# Written by olla init. All keys: olla config show; mistakes: olla check.
server:
  host: localhost                      # 0.0.0.0 for every network interface
  port: 40114
proxy:
  load_balancer: least-connections     # or priority, round-robin
discovery:
  static:
    endpoints:${list}${EXAMPLE}`;
}

function report(found: readonly Found[], output: string, world: CommandWorld): string {
  if (found.length === 0) {
    return `Wrote ${output}. No server was found on this machine: name yours in it.\n`;
  }
  const rows = found.map(({ name, type, url }) => [
    { text: name, colour: 1 },
    { text: type },
    { text: url },
  ]);
  const many = found.length === 1 ? "1 server" : `${found.length} servers`;
  const table = formatTable(["ENDPOINT", "TYPE", "ADDRESS"], rows, world);
  return `Wrote ${output} with ${many}:\n\n${table}\nStart with: olla -c ${output}\n`;
}
