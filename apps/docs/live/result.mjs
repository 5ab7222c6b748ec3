/** The last result of a program, which the page and the gallery's thumbnails show. */

/** The global name under which a program leaves it. */
export const RESULT = "__result";

/** Words at the beginning of what is no expression. */
const STATEMENT =
  /^(?:const|let|var|for|if|else|while|do|try|catch|finally|function|class|import|export|return|throw|async|switch|interface|type|declare)\b/;

/**
 * A program that keeps the value of its last statement, where that is an expression at the beginning of a line.
 *
 * @param {string} code
 */
export function withResult(code) {
  const lines = code.trimEnd().split("\n");
  const last = lines.findLastIndex((line) => /^[\w$([`"']/.test(line));
  const line = lines[last];
  if (line === undefined || STATEMENT.test(line) || line.startsWith("console.")) return code;
  lines[last] = `globalThis.${RESULT} = ${line}`;
  return lines.join("\n");
}

/** Returns what a picture says of itself. @param {string} svg */
export const pictureText = (svg) =>
  /<desc[^>]*>([^<]*)/.exec(svg)?.[1] ??
  /<title[^>]*>([^<]*)/.exec(svg)?.[1] ??
  "What the program has drawn";

/** Returns the width of a picture in pixels, 0 where it says none. @param {string} svg */
export const pictureWidth = (svg) => Number(/^<svg[^>]* width="(\d+)/.exec(svg)?.[1] ?? 0);
