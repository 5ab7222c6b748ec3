/**
 * The names of a function's parameters, read from its source text. Only drawings depend on them:
 * a minifier changes them, and `named` overrules them.
 */

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const OPENING = "([{";
const CLOSING = ")]}";

/**
 * Returns one name for each parameter: "" for a destructured one, whose keys are names enough; undefined where none can
 * be read.
 */
export function parameterNames(fn: (...inputs: never) => unknown): (string | undefined)[] {
  return splitParameters(parameterText(String(fn))).map((text) => {
    const name = text.split("=")[0]?.trim() ?? "";
    if (name.startsWith("{")) return "";
    return IDENTIFIER.test(name) ? name : undefined;
  });
}

/** Returns the text between the first parentheses, or before the arrow of `x => …`. */
function parameterText(source: string): string {
  const bare = source.match(/^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u);
  if (bare?.[1] !== undefined) return bare[1];
  const start = source.indexOf("(");
  if (start < 0) return "";
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    const character = source.charAt(i);
    if (OPENING.includes(character)) depth++;
    else if (CLOSING.includes(character) && --depth === 0) return source.slice(start + 1, i);
  }
  return "";
}

/** Splits at the commas outside of all brackets. */
function splitParameters(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  for (let i = 0; i < withoutComments.length; i++) {
    const character = withoutComments.charAt(i);
    if (OPENING.includes(character)) depth++;
    else if (CLOSING.includes(character)) depth--;
    else if (character === "," && depth === 0) {
      parts.push(withoutComments.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = withoutComments.slice(start).trim();
  return last === "" ? parts : [...parts, last];
}
