/** One option of a command. The same name means the same everywhere. */
export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; absent for a switch. */
  readonly value?: string;
  readonly description: string;
  /** Completed with names of files. */
  readonly isFile?: boolean;
}

/** One command as help, parser and completion know it. */
export interface CommandSpec {
  readonly name: string;
  /** What follows the name, `[MODEL]`; empty when nothing does. */
  readonly words: string;
  /** How many words may follow. */
  readonly maxWords: number;
  /** What completion offers for the first of them: these, or files. */
  readonly choices?: readonly string[] | "files";
  /** One line, after the command in the list of all. */
  readonly summary: string;
  /** Further sentences of its own help, in lines. */
  readonly details: readonly string[];
  readonly flags: readonly FlagSpec[];
  /** Command lines without the program's name, and what they do. */
  readonly examples: readonly (readonly [command: string, effect: string])[];
}

const CONFIG: FlagSpec = {
  name: "config",
  short: "c",
  value: "FILE",
  description: "configuration file",
  isFile: true,
};
const STRICT: FlagSpec = {
  name: "strict",
  description: "warnings of the configuration count as errors",
};
const JSON_OUTPUT: FlagSpec = { name: "json", description: "print JSON, for scripts" };
const GATEWAY: FlagSpec = {
  name: "url",
  value: "URL",
  description: "address of the gateway; otherwise host and port of the configuration",
};
const FORCE: FlagSpec = { name: "force", description: "replace a file that exists" };

function output(description: string): FlagSpec {
  return { name: "output", short: "o", value: "FILE", description, isFile: true };
}

export const SHELLS = ["bash", "zsh", "fish"] as const;
export const IMPORT_FORMATS = ["olla", "litellm", "llama-swap"] as const;
export const CONFIG_ACTIONS = ["show", "schema"] as const;

/** Every command, in the order of the help. */
export const COMMANDS = [
  {
    name: "serve",
    words: "",
    maxWords: 0,
    summary: "start the gateway; also without any command",
    details: [
      "Without a configuration it serves the backends it finds on this machine's well-known",
      "ports, and a simulated fleet when there are none.",
      "SIGHUP reads the configuration again, SIGTERM and Ctrl-C stop.",
    ],
    flags: [
      CONFIG,
      STRICT,
      { name: "profile", description: "open node's inspector on 127.0.0.1:19841, for profiles" },
    ],
    examples: [
      ["", "try it out"],
      ["-c config.yaml", "serve your own backends"],
    ],
  },
  {
    name: "check",
    words: "",
    maxWords: 0,
    summary: "find every mistake of the configuration",
    details: [
      "Opens nothing and asks nobody. Each line names file, line, key and what is allowed.",
    ],
    flags: [CONFIG, STRICT],
    examples: [
      ["check -c config.yaml", "every mistake at once"],
      ["check --strict", "fail for warnings too"],
    ],
  },
  {
    name: "init",
    words: "",
    maxWords: 0,
    summary: "write a configuration from what runs on this machine",
    details: [
      "Looks at the well-known ports of this machine, and at the addresses of --url, and finds",
      "out what kind of server answers there.",
    ],
    flags: [
      output("file to write; - prints it (default config.yaml)"),
      {
        name: "url",
        value: "URL,…",
        description: "further servers to look at, on other machines",
      },
      FORCE,
    ],
    examples: [
      ["init", "write config.yaml"],
      ["init --url http://10.0.0.11:8000 -o -", "look at a server too, and print"],
    ],
  },
  {
    name: "explain",
    words: "[MODEL]",
    maxWords: 1,
    summary: "where a request would go, and why",
    details: [
      "Asks the running gateway; the request itself is never sent. With --offline no gateway is",
      "needed: the configuration is read, and every endpoint probed once.",
    ],
    flags: [
      {
        name: "body",
        short: "b",
        value: "FILE",
        description: "body of the request; - reads stdin",
        isFile: true,
      },
      {
        name: "path",
        value: "PATH",
        description: "path of the request (default /olla/openai/v1/chat/completions)",
      },
      { name: "session", value: "ID", description: "value of X-Olla-Session-ID" },
      { name: "offline", description: "ask the endpoints, not a gateway" },
      GATEWAY,
      CONFIG,
      JSON_OUTPUT,
    ],
    examples: [
      ["explain llama3.1:8b", "who would serve this model"],
      ["explain --body request.json --path /olla/anthropic/v1/messages", "a real request"],
      ["explain llama3.1:8b --offline -c config.yaml", "before anything runs"],
    ],
  },
  {
    name: "status",
    words: "",
    maxWords: 0,
    summary: "endpoints of the running gateway, and how they do",
    details: [],
    flags: [GATEWAY, CONFIG, JSON_OUTPUT],
    examples: [
      ["status", "as a table"],
      ["status --url http://gw:40114 --json", "as JSON"],
    ],
  },
  {
    name: "models",
    words: "",
    maxWords: 0,
    summary: "models of the running gateway, and who has them",
    details: [],
    flags: [GATEWAY, CONFIG, JSON_OUTPUT],
    examples: [["models", "as a table"]],
  },
  {
    name: "import",
    words: "FILE",
    maxWords: 1,
    choices: "files",
    summary: "make a configuration of one of LiteLLM or llama-swap",
    details: [
      "Configurations of Olla are taken as they are. Says on stderr what was left out.",
      `Formats: ${IMPORT_FORMATS.join(", ")}.`,
    ],
    flags: [
      output("file to write; printed otherwise"),
      { name: "from", value: "FORMAT", description: "format of FILE; found out otherwise" },
      FORCE,
    ],
    examples: [
      ["import litellm.yaml", "print it"],
      ["import llama-swap.yaml -o config.yaml", "write it"],
    ],
  },
  {
    name: "config",
    words: CONFIG_ACTIONS.join("|"),
    maxWords: 1,
    choices: CONFIG_ACTIONS,
    summary: "what is in force and where it comes from; a schema for editors",
    details: [
      "show: every key, its value, and the line, variable or default that it comes from; secrets",
      "are not shown. schema: JSON Schema of the configuration file.",
    ],
    flags: [
      CONFIG,
      { name: "changed", description: "only keys that are not at their defaults" },
      JSON_OUTPUT,
    ],
    examples: [
      ["config show --changed", "what differs from the defaults"],
      ["config schema > olla.schema.json", "for an editor"],
    ],
  },
  {
    name: "simulate",
    words: "[OPTIONS]",
    maxWords: 0,
    summary: "start fake backends; olla simulate --help has its options",
    details: [],
    flags: [],
    examples: [["simulate --kind ollama,vllm", "two servers to try things with"]],
  },
  {
    name: "completion",
    words: SHELLS.join("|"),
    maxWords: 1,
    choices: SHELLS,
    summary: "print a completion script for a shell",
    details: [],
    flags: [],
    examples: [
      ["completion bash > ~/.local/share/bash-completion/completions/olla", ""],
      ["completion zsh > ~/.zfunc/_olla", ""],
      ["completion fish > ~/.config/fish/completions/olla.fish", ""],
    ],
  },
  {
    name: "version",
    words: "",
    maxWords: 0,
    summary: "print the version",
    details: [],
    flags: [],
    examples: [["version", ""]],
  },
  {
    name: "help",
    words: "[COMMAND]",
    maxWords: 1,
    summary: "print this text, or that of a command",
    details: [],
    flags: [],
    examples: [["help explain", ""]],
  },
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMANDS)[number]["name"];

/** Options that every command line may have, and those of other versions. */
export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  { name: "help", short: "h", description: "same as olla help" },
  { name: "version", short: "v", description: "same as olla version" },
  { name: "validate-config", description: "same as olla check" },
];

/** @throws RangeError for a name that is none */
export function specOf(name: CommandName): CommandSpec {
  const spec = COMMANDS.find((one) => one.name === name);
  if (spec === undefined) throw new RangeError(`no command "${name}"`);
  return spec;
}
