/**
 * Lines of text: their width, and breaking them.
 */

/** The columns that a line takes; the lessons use no wide characters. */
export function widthOf(line: string): number {
  return [...line].length;
}

/** Breaks a paragraph into lines of at most `width` columns where its words allow. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
