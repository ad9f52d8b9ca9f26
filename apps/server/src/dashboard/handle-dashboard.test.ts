import { once } from "node:events";
import { createServer } from "node:http";

import { createRecordingLogger, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createEventStreams } from "./event-streams.ts";
import { createDashboardHandler, isDashboardTarget } from "./handle-dashboard.ts";

describe("createDashboardHandler", () => {
  it.each(["GET", "HEAD", "POST", "PUT", "DELETE"])(
    "answers %s with 503 and the reason where the page was not built",
    async (method) => {
      const handle = createDashboardHandler({
        refusalOf: () => undefined,
        assets: { missing: "The dashboard was not built: /there has no index.html." },
        topics: [],
        streams: createEventStreams({ clock: new ManualClock(), capacity: 1 }),
        requestId: () => "id-1",
        log: createRecordingLogger(),
      });
      const server = createServer(handle).listen(0, "127.0.0.1");
      await once(server, "listening");
      const bound = server.address();
      const port = typeof bound === "object" ? bound?.port : undefined;
      const answer = await fetch(`http://127.0.0.1:${port}/internal/ui/`, { method });
      const text = await answer.text();
      server.close();
      expect(answer.status).toBe(503);
      expect(answer.headers.get("x-frame-options")).toBe("DENY");
      expect(text).toBe(
        method === "HEAD" ? "" : "The dashboard was not built: /there has no index.html.\n",
      );
    },
  );
});

describe("isDashboardTarget", () => {
  it.each(["/internal/ui", "/internal/ui/", "/internal/ui?x", "/internal/ui/a/b"])(
    "knows %s",
    (target) => {
      expect(isDashboardTarget(target)).toBe(true);
    },
  );
  it.each(["/internal/uix", "/internal", "/", "/olla/internal/ui/"])("leaves %s", (target) => {
    expect(isDashboardTarget(target)).toBe(false);
  });
});
