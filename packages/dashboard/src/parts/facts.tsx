import type { ComponentChildren, JSX } from "preact";
import { Fragment } from "preact";

/** Names and values in two columns. */
export function Facts({
  facts,
}: {
  facts: readonly (readonly [string, ComponentChildren])[];
}): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
