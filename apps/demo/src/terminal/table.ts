/**
 * Tables with aligned columns.
 */

import type { Column, Table } from "../lessons/lesson.ts";
import { formatNumber } from "../lessons/numbers.ts";
import type { Style, Styles } from "./style.ts";
import { widthOf } from "./text.ts";

/** The lines of a table: titles, then rows. Numbers stand at the right of their column. */
export function renderTable({ columns, rows }: Table, styles: Styles): string[] {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === "number" ? formatNumber(cell) : cell)),
  );
  const widths = columns.map(({ title }, i) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[i] ?? ""))),
  );
  const line = (row: readonly string[], style: (column: Column) => Style) =>
    columns
      .map((column, i) => {
        const text = row[i] ?? "";
        const space = " ".repeat((widths[i] ?? 0) - widthOf(text));
        const styled = text === "" ? "" : style(column)(text);
        return isNumeric(column) ? space + styled : styled + space;
      })
      .join("  ")
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      () => styles.faint,
    ),
    ...cells.map((row) => line(row, (column) => styleOf(column, styles))),
  ];
}

function isNumeric({ kind = "text" }: Column): boolean {
  return kind === "number" || kind === "value" || kind === "gradient";
}

function styleOf({ kind }: Column, styles: Styles): Style {
  if (kind === "value") return styles.value;
  if (kind === "gradient") return styles.gradient;
  return (text) => text;
}
