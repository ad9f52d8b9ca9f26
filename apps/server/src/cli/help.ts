/** Text of `olla --help`. */
export const HELP = `olla: one address in front of the language models you run

Usage
  olla [serve] [--config FILE]     start the gateway
  olla check [--config FILE]       validate the configuration and exit
  olla version                     print the version and exit
  olla help                        print this text

Options
  -c, --config FILE    configuration; otherwise OLLA_CONFIG_FILE, then the first of
                       config/config.local.yaml, config/config.yaml, config.yaml, default.yaml
      --strict         warnings of the configuration count as errors
      --profile        open node's inspector on 127.0.0.1:19841, for profiles
  -v, --version        same as olla version
  -h, --help           same as olla help

Without a configuration the gateway serves the backends it finds on this machine's
well-known ports, and a simulated fleet when there are none.

Examples
  olla                                  try it out
  olla -c config.yaml                   serve your own backends
  olla check -c config.yaml             find every mistake at once
  OLLA_SERVER_PORT=8080 olla            another port

Exit status
  0  normal end      1  configuration or start failed      2  wrong usage
`;
