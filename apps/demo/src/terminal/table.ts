/**
 * Tables with aligned columns.
 */

import type { Style, Styles } from "./style.ts";
import { padded, widthOf } from "./text.ts";

export interface Column {
  readonly title: string;
  /** The kind of the cells, which sets their colour; numbers are right-aligned. Default text. */
  readonly kind?: "text" | "number" | "value" | "gradient";
}

/** Returns the lines of a table: titles, then rows. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  styles: Styles,
): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i] ?? ""))),
  );
  const line = (row: readonly string[], style: (column: Column) => Style) =>
    columns
      .map((column, i) => {
        const text = row[i] ?? "";
        const styled = text === "" ? "" : style(column)(text);
        const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)));
        return isNumeric(column) ? space + styled : styled + space;
      })
      .join("  ")
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [
    line(titles, () => styles.faint),
    ...rows.map((row) => line(row, (column) => styleOf(column, styles))),
  ];
}

function isNumeric({ kind = "text" }: Column): boolean {
  return kind !== "text";
}

function styleOf({ kind }: Column, styles: Styles): Style {
  if (kind === "value") return styles.value;
  if (kind === "gradient") return styles.gradient;
  return (text) => text;
}

/** Returns two columns of text: names and descriptions. */
export function renderList(rows: readonly (readonly [string, string])[]): string[] {
  const widest = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, meaning]) => `  ${padded(name, widest)}  ${meaning}`.trimEnd());
}
