/** The width of a text in columns of a terminal. */

/** Combining marks take no column. */
const COMBINING = /^\p{M}$/u;

/** Scripts and pictures that terminals draw two columns wide (Unicode Standard Annex 11). */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]$/u;

/** Returns the columns of one code point: 0, 1 or 2. */
export function columnsOfCharacter(character: string): 0 | 1 | 2 {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Returns the columns of a text, counted by code points: `xʸ` takes two. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

/** Spaces after a text up to a width. */
export function padColumns(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columnsOf(text)));
}

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
