/** The last result of a program, for the page and for the gallery's thumbnails. */

/** The global variable to which a program writes its last result. */
export const RESULT = "__result";

/** The words with which a statement begins that is not an expression. */
const STATEMENT =
  /^(?:const|let|var|for|if|else|while|do|try|catch|finally|function|class|import|export|return|throw|async|switch|interface|type|declare)\b/;

/**
 * Returns a program that stores the value of its last statement, if that is an expression at the beginning of a line.
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

/** Returns the description in a picture. @param {string} svg */
export const pictureText = (svg) =>
  /<desc[^>]*>([^<]*)/.exec(svg)?.[1] ??
  /<title[^>]*>([^<]*)/.exec(svg)?.[1] ??
  "What the program has drawn";

/** Returns the width of a picture in pixels, 0 if it has none. @param {string} svg */
export const pictureWidth = (svg) => Number(/^<svg[^>]* width="(\d+)/.exec(svg)?.[1] ?? 0);
