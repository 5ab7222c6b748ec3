/**
 * Tables of texts.
 */

import { columnsOf, padColumns } from "./columns.ts";

/**
 * Lines of cells as columns side by side.
 *
 * @param right the columns whose cells end below each other, as numbers do.
 */
export function alignColumns(
  lines: readonly (readonly string[])[],
  { right, gap }: { readonly right: readonly number[]; readonly gap: string },
): string[] {
  const widths = (lines[0] ?? []).map((_, i) =>
    lines.reduce((widest, line) => Math.max(widest, columnsOf(line[i] ?? "")), 0),
  );
  return lines.map((line) =>
    line
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        if (!right.includes(i)) return padColumns(cell, width);
        return " ".repeat(Math.max(0, width - columnsOf(cell))) + cell;
      })
      .join(gap)
      .trimEnd(),
  );
}
