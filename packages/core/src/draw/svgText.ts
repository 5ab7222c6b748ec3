/**
 * Text in SVG without a document to measure it in: escaping and estimated widths.
 */

import { columnsOfCharacter } from "./columns.ts";

/** Escapes text for XML content and attributes; characters that XML forbids become `·`. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are forbidden in XML.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "·")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
  );
}

/** Widths of proportional characters in em, a little generous: the font is the reader's. */
const NARROW = /[ijlI.,:;'|!()[\]ftr ᵀ²ʸˣ]/u;
const BROAD = /[mwMW@%…]/u;

/** Returns the estimated width of proportional text. */
export function proportionalWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const character of text) {
    const columns = columnsOfCharacter(character);
    if (columns === 2) width += 1.05;
    else if (columns === 0) continue;
    else if (NARROW.test(character)) width += 0.38;
    else if (BROAD.test(character)) width += 0.92;
    else width += /\p{Lu}/u.test(character) ? 0.7 : 0.6;
  }
  return width * fontSize;
}

/** Returns the width of monospaced text. */
export function monospacedWidth(text: string, fontSize: number): number {
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns * 0.61 * fontSize;
}

/** Returns a coordinate with at most two decimals. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}
