import { describe, expect, it } from "vitest";

import { loadConfig } from "../../config/load.ts";
import { configurationReport } from "./configuration.ts";

const YAML = `
server: { port: 40200 }
proxy: { connection_timeout: 3s }
profiles_dir: "http://user:hunter2@files.example/profiles"
model_aliases: { house: [a, b] }
discovery:
  static:
    endpoints:
      - { name: gpu, url: "http://user:hunter2@10.0.0.5:8000", type: vllm, auth: { type: bearer, token: hunter2 } }
`;

function report() {
  const { config } = loadConfig({ path: "config.yaml", text: YAML }, {});
  return configurationReport({ config, file: "config.yaml", warnings: ["one"] });
}

describe("configurationReport", () => {
  it("tells every key with its value, kind, description and variable", () => {
    const { settings, file, warnings } = report();
    expect({ file, warnings }).toEqual({ file: "config.yaml", warnings: ["one"] });
    expect(settings.find(({ key }) => key === "server.port")).toEqual({
      key: "server.port",
      kind: "integer",
      value: 40_200,
      isDefault: false,
      description: "Port to listen on.",
      env: "OLLA_SERVER_PORT",
    });
    const timeout = settings.find(({ key }) => key === "proxy.connection_timeout");
    expect(timeout).toMatchObject({ kind: "duration", value: 3_000, isDefault: false });
    const first = settings.find(({ key }) => key === "proxy.first_token_timeout");
    expect(first).toMatchObject({ value: 0, isDefault: true });
  });

  it("shows no secret, wherever it stands", () => {
    expect(JSON.stringify(report())).not.toContain("hunter2");
  });
});
