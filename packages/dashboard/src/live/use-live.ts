import { useEffect, useRef, useState } from "preact/hooks";

import { LiveConnection, type LiveState } from "./connection.ts";

/** The report of a view, kept up to date, and a way to ask at once. */
export function useLive(view: string): readonly [LiveState, () => void] {
  const [state, setState] = useState<LiveState>({
    known: {},
    connection: "loading",
    heardAt: undefined,
    problem: undefined,
  });
  const connection = useRef<LiveConnection>(undefined);
  useEffect(() => {
    const live = (connection.current ??= new LiveConnection(setState));
    live.show(view);
  }, [view]);
  useEffect(() => {
    const look = (): void => connection.current?.setHidden(document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return [state, () => connection.current?.retry()];
}
