import { describe, expect, it } from "vitest";

import { AbortNotice } from "./abort-notice.ts";

describe("AbortNotice", () => {
  it("passes the outcome of the promise on when nothing is aborted", async () => {
    const notice = new AbortNotice();
    await expect(notice.orAbort(Promise.resolve(7))).resolves.toBe(7);
    expect(() => notice.throwIfAborted()).not.toThrow();
  });

  it("rejects at once with the reason, whatever the promise does", async () => {
    const notice = new AbortNotice();
    const never = notice.orAbort(new Promise<never>(() => {}));
    notice.abort(new Error("enough"));
    await expect(never).rejects.toThrow("enough");
  });

  it("tells those who listen once, and those who come later by throwing", () => {
    const notice = new AbortNotice();
    let heard = 0;
    notice.on("abort", () => {
      heard += 1;
    });
    notice.abort(new Error("first"));
    notice.abort(new Error("second"));
    expect(heard).toBe(1);
    expect(() => notice.throwIfAborted()).toThrow("first");
  });
});
