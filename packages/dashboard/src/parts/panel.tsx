import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

/** A titled part of a page. */
export function Panel({
  title,
  note,
  aside,
  flush = false,
  children,
}: {
  title: string;
  note?: string | undefined;
  aside?: ComponentChildren;
  /** Whether the content reaches the border. */
  flush?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  const id = useId();
  return (
    <section class={flush ? "panel flush" : "panel"} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** What is shown where there is nothing. */
export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="empty">{children}</p>;
}

/** Shown until the first document of a view is there. */
export function Loading(): JSX.Element {
  return (
    <p class="empty" role="status">
      Asking the gateway…
    </p>
  );
}
