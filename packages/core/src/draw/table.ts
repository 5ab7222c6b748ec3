/**
 * Tables of texts.
 */

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
    Math.max(...lines.map((line) => line[i]?.length ?? 0)),
  );
  return lines.map((line) =>
    line
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        return right.includes(i) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(gap)
      .trimEnd(),
  );
}
