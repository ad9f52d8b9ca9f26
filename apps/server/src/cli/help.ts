import { COMMANDS, specOf, type CommandName, type FlagSpec } from "./commands.ts";

const LIST = COMMANDS.map(
  ({ name, words, summary }) => `  ${`${name} ${words}`.trimEnd().padEnd(28)}${summary}`,
).join("\n");

/** Text of `olla --help`. */
export const HELP = `olla: one address in front of the language models you run

Usage
  olla [COMMAND] [OPTIONS]

Commands
${LIST}

Options
  -c, --config FILE    configuration; otherwise OLLA_CONFIG_FILE, then the first of
                       config/config.local.yaml, config/config.yaml, config.yaml, default.yaml
  -v, --version        same as olla version
  -h, --help           same as olla help; behind a command, its own options and examples

Without a configuration the gateway serves the backends it finds on this machine's
well-known ports, and a simulated fleet when there are none.

Examples
  olla                                  try it out
  olla init                             write a config.yaml for this machine
  olla -c config.yaml                   serve your own backends
  olla check -c config.yaml             find every mistake at once
  olla explain llama3.1:8b              where would this go, and why?
  OLLA_SERVER_PORT=8080 olla            another port

Exit status
  0  normal end      1  configuration, file or start failed      2  wrong usage
  3  no gateway answers      4  nobody can serve (explain: the request, status: any)
`;

/** Text of `olla help COMMAND`. */
export function helpOf(command: CommandName): string {
  const { name, words, summary, details, flags, examples } = specOf(command);
  const options = flags.length > 0 ? " [OPTIONS]" : "";
  const parts = [
    `olla ${name}: ${summary}\n`,
    `Usage\n  olla ${`${name}${options} ${words}`.trimEnd()}\n`,
  ];
  if (details.length > 0) parts.push(`${details.join("\n")}\n`);
  if (flags.length > 0) parts.push(`Options\n${flags.map((flag) => optionLine(flag)).join("")}`);
  const width = Math.max(...examples.map(([line]) => line.length)) + 2;
  const lines = examples.map(([line, effect]) =>
    `  olla ${line.padEnd(effect === "" ? 0 : width)}${effect}`.trimEnd(),
  );
  parts.push(`Examples\n${lines.join("\n")}\n`);
  return parts.join("\n");
}

function optionLine({ short, name, value, description }: FlagSpec): string {
  const written = `${short === undefined ? "    " : `-${short}, `}--${name} ${value ?? ""}`;
  return `  ${written.trimEnd().padEnd(22)}  ${description}\n`;
}
