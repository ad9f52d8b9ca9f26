import { describe, expect, it, vi } from "vitest";

import { cancellationOf, CancellationSource } from "./cancellation.ts";

describe("CancellationSource", () => {
  it("tells its listener once, however often it is aborted", () => {
    const source = new CancellationSource();
    const listener = vi.fn<() => void>();
    source.listen(listener);
    expect(source.aborted).toBe(false);
    source.abort();
    source.abort();
    expect(source.aborted).toBe(true);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("tells a listener that comes too late at once", () => {
    const source = new CancellationSource();
    source.abort();
    const listener = vi.fn<() => void>();
    source.listen(listener);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("tells the last listener alone", () => {
    const source = new CancellationSource();
    const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()];
    source.listen(first);
    source.listen(second);
    source.abort();
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledTimes(1);
  });

  it("forgets its listener, and only if it is the present one", () => {
    const calls: string[] = [];
    const source = new CancellationSource();
    const first = (): void => void calls.push("first");
    const second = (): void => void calls.push("second");
    source.listen(first);
    source.listen(second);
    source.forget(first);
    source.abort();
    expect(calls).toEqual(["second"]);

    const other = new CancellationSource();
    other.listen(first);
    other.forget(first);
    other.abort();
    expect(calls).toEqual(["second"]);
  });

  it("is aborted already when its listener is told", () => {
    const source = new CancellationSource();
    let seen: boolean | undefined;
    source.listen(() => {
      seen = source.aborted;
    });
    source.abort();
    expect(seen).toBe(true);
  });
});

describe("cancellationOf", () => {
  it("follows a signal", () => {
    const controller = new AbortController();
    const cancellation = cancellationOf(controller.signal);
    const listener = vi.fn<() => void>();
    cancellation.listen(listener);
    expect(cancellation.aborted).toBe(false);
    controller.abort();
    expect(cancellation.aborted).toBe(true);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("is aborted from the start for a signal that is", () => {
    expect(cancellationOf(AbortSignal.abort()).aborted).toBe(true);
  });
});
