import type { ComponentChildren, JSX } from "preact";
import { Fragment } from "preact";
import { useState } from "preact/hooks";

import { Icon } from "./icon.tsx";

/** One column. On a narrow screen rows become cards, and the title stands beside the value. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What is sorted by; absent: not sortable. Numbers begin with the greatest. */
  readonly order?: (row: Row) => number | string;
  readonly align?: "end";
  /** Whether it is the row's heading. */
  readonly heading?: boolean;
  /** Whether a narrow screen does without. */
  readonly optional?: boolean;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Shown below an opened row. */
  readonly detail?: (row: Row) => ComponentChildren;
  readonly opened?: string;
  readonly onOpen?: (key: string) => void;
  /** Rows shown before somebody asks for all. */
  readonly limit?: number;
}

interface Sorting {
  readonly title: string;
  readonly descending: boolean;
}

/** A table that can be sorted, whose rows open, and that fits on a phone. */
export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const { label, columns, rows, keyOf, detail, opened, onOpen, limit = 100 } = props;
  const [sorting, setSorting] = useState<Sorting>();
  const [showsAll, setShowsAll] = useState(false);
  const sorted = sortRows(rows, columns, sorting);
  const shown = showsAll ? sorted : sorted.slice(0, limit);
  const span = columns.length + (detail === undefined ? 0 : 1);
  return (
    <>
      <table role="table" aria-label={label} class="data">
        <thead role="rowgroup">
          <tr role="row">
            {detail !== undefined && (
              <th role="columnheader" scope="col" class="opener">
                <span class="unseen">Details</span>
              </th>
            )}
            {columns.map((column) => (
              <ColumnHeader key={column.title} {...{ column, sorting, setSorting }} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((row) => {
            const key = keyOf(row);
            const isOpen = detail !== undefined && opened === key;
            return (
              <Fragment key={key}>
                <tr
                  role="row"
                  class={isOpen ? "open" : undefined}
                  onClick={(event) => {
                    if (detail !== undefined && !isInteractive(event)) onOpen?.(isOpen ? "" : key);
                  }}
                >
                  {detail !== undefined && (
                    <td role="cell" class="opener">
                      <button
                        type="button"
                        aria-expanded={isOpen}
                        aria-label={`Details of ${key}`}
                        onClick={() => onOpen?.(isOpen ? "" : key)}
                      >
                        <Icon name="chevron" />
                      </button>
                    </td>
                  )}
                  {columns.map((column) => (
                    <Cell key={column.title} column={column} row={row} />
                  ))}
                </tr>
                {isOpen && (
                  <tr role="row" class="detail">
                    <td role="cell" colSpan={span}>
                      {detail(row)}
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
      {sorted.length > shown.length && (
        <button type="button" class="more" onClick={() => setShowsAll(true)}>
          Show all {sorted.length}
        </button>
      )}
    </>
  );
}

function ColumnHeader<Row>({
  column: { title, align, order, optional },
  sorting,
  setSorting,
}: {
  column: Column<Row>;
  sorting: Sorting | undefined;
  setSorting: (sorting: Sorting | undefined) => void;
}): JSX.Element {
  const mine = sorting?.title === title ? sorting : undefined;
  const direction = mine === undefined ? "none" : mine.descending ? "descending" : "ascending";
  return (
    <th
      role="columnheader"
      scope="col"
      class={classes(align, optional)}
      {...(order !== undefined && { "aria-sort": direction })}
    >
      {order === undefined ? (
        title
      ) : (
        <button
          type="button"
          class={`sort ${direction}`}
          onClick={() =>
            setSorting(
              mine === undefined
                ? { title, descending: true }
                : mine.descending
                  ? { title, descending: false }
                  : undefined,
            )
          }
        >
          {title}
        </button>
      )}
    </th>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }): JSX.Element {
  const { title, align, heading, optional, cell } = column;
  if (heading === true) {
    return (
      <th role="rowheader" scope="row" class={classes(align, optional)}>
        {cell(row)}
      </th>
    );
  }
  return (
    <td role="cell" data-title={title} class={classes(align, optional)}>
      {cell(row)}
    </td>
  );
}

function classes(align: "end" | undefined, optional: boolean | undefined): string | undefined {
  const names = [...(align === "end" ? ["end"] : []), ...(optional === true ? ["optional"] : [])];
  return names.length === 0 ? undefined : names.join(" ");
}

function isInteractive({ target }: Event): boolean {
  return target instanceof Element && target.closest("a, button, input, select") !== null;
}

function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | undefined,
): readonly Row[] {
  const order = columns.find(({ title }) => title === sorting?.title)?.order;
  if (sorting === undefined || order === undefined) return rows;
  const sorted = rows.toSorted((a, b) => compare(order(a), order(b)));
  return sorting.descending ? sorted : sorted.toReversed();
}

/** Greatest numbers first, texts from A. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return b - a;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}
