/**
 * The words of a formula: a run of letters is one name, or is cut into the names, functions and numbers that stand in it
 * side by side, such as `mc` and `2πr`.
 */

import { CONSTANTS, functionOf } from "./functions.ts";
import type { Letter, Span, Token } from "./tokens.ts";

/** A part of a run. */
export interface Piece extends Span {
  readonly kind: "name" | "function" | "number";
  /** The name as it is read; that of a function in the table of functions. */
  readonly text: string;
}

/** A run of letters as it was read. */
export interface Run {
  readonly pieces: readonly Piece[];
  /** True if it is one name only because it looks like a word. */
  readonly isWord: boolean;
}

/** Names within a run are not longer, nor are indices, so that the time is proportional to the run. */
const LONGEST = 32;

/** Runs of as many letters are words: `price`. */
const WORD = 4;

/**
 * Shorter words that are names, Greek letters by their names, and words in which a function happens to stand, such as
 * `cos` in cost.
 */
const KEPT = new Set(
  `age air all apr area ask avg bag bid bit box bus buy cap car cat cup cut day deg dog dry due ear egg end err fan far fat
  fee few fit fun gap gas gdp gpa gym hat hit hot ice ink jar jet job joy key kid lab lag law leg lid lot low map mid mix mom
  mph net new nut odd off oil old one out own par pay pea pen per pet pie pig pin pop pot raw ray red rod row rpm run sea set
  sky son sum sun tax tea ten tie tip ton top toy two usd use val van var vat wax way web wet win wire year yen zoo
  chi eta mu phi psi rho tau
  absence absolute basin basing business casing closing cosine cosmic cost costs costing customers expand expect expected
  expense expenses experience expert exponent export exports express housing increasing instant kiln logic login logit
  logs losing passing pleasing rising single sine since sing sink sinker tangent tank tanks tangle using absorbed`.split(
    /\s+/,
  ),
);

/** The constants that may stand within a run. */
const INNER_CONSTANTS = ["pi", "π", "e"];

const LATIN = /^[\p{Script=Latin}]$/u;
const GREEK = /^[\p{Script=Greek}]$/u;
const LETTER = /^\p{L}$/u;

/** The context of a run: a function at its end is one by what follows it. */
export interface Following {
  /** True if a bracket follows at once. */
  readonly isBracket: boolean;
  /** True if a function could be applied to what follows. */
  readonly isArgument: boolean;
}

/**
 * Cuts a run of letters.
 *
 * @param declared the names that a line of the text makes.
 */
export function runOf(
  { letters = [], text }: Token,
  declared: ReadonlySet<string>,
  following: Following,
): Run {
  const last = letters.length;
  const span = (from: number, to: number): Span => ({
    start: letters[from]?.start ?? 0,
    end: letters[to - 1]?.end ?? 0,
  });
  const piece = (kind: Piece["kind"], from: number, to: number, read?: string): Piece => {
    const written = letters.slice(from, to).map((each) => each.text);
    return { kind, text: read ?? written.join(""), ...span(from, to) };
  };
  const whole = (isWord = false): Run => ({ pieces: [piece("name", 0, last)], isWord });
  if (declared.has(text) || CONSTANTS.has(text)) return whole();
  const named = functionOf(text, following.isBracket);
  if (named !== undefined && (text !== "σ" || following.isBracket)) {
    return { pieces: [piece("function", 0, last, named)], isWord: false };
  }
  if (!isCuttable(letters)) return whole();

  const textOf = (from: number, to: number) =>
    letters
      .slice(from, to)
      .map((each) => each.text)
      .join("");
  /** Returns the end of the longest declared name at an index; the index itself where there is none. */
  const declaredAt = (from: number): number => {
    for (let to = Math.min(last, from + LONGEST); to > from; to--)
      if (declared.has(textOf(from, to))) return to;
    return from;
  };
  /** Returns the end and the name of the longest function at an index that could be applied. */
  const functionAt = (from: number, end = last): readonly [number, string] | undefined => {
    for (let to = Math.min(end, from + 8); to > from + 1; to--) {
      const name = functionOf(textOf(from, to), false);
      if (name === undefined) continue;
      const isLast = to === last;
      const isPair = name === "max" || name === "min";
      if (isPair ? isLast && following.isBracket : !isLast || following.isArgument)
        return [to, name];
    }
    return undefined;
  };
  /** Returns the end of the letters of one script from an index on: those of a word. */
  const groupEnd = (from: number): number => {
    const script = [LATIN, GREEK].find((each) => each.test(letters[from]?.text ?? ""));
    let to = from;
    while (script?.test(letters[to]?.text ?? "") && letters[to]?.text !== "π") to++;
    return Math.max(to, from + 1);
  };
  const indexEnd = (from: number): number => {
    const rest = textOf(from, from + LONGEST);
    const index = /^(?:[₀-₉]+|\p{Nd}+|_(?:\p{Nd}+|\p{L}+\p{Nd}*|[₀-₉]+))/u.exec(rest)?.[0] ?? "";
    let [to, length] = [from, 0];
    while (length < index.length) length += letters[to++]?.text.length ?? 1;
    return to;
  };
  /** True if letters are declared names side by side. */
  const isAllDeclared = (from: number, end: number): boolean => {
    let at = from;
    while (at < end) {
      const to = declaredAt(at);
      if (to === at) return false;
      at = to;
    }
    return true;
  };
  const hasFunction = (from: number, end: number) => {
    for (let at = from; at < end; at++) if (functionAt(at) !== undefined) return true;
    return false;
  };

  const pieces: Piece[] = [];
  let isWord = false;
  let at = 0;
  let group = 0;
  while (at < last) {
    if (at >= group) {
      group = groupEnd(at);
      const size = group - at;
      const letterText = textOf(at, group).toLowerCase();
      const isKept = KEPT.has(letterText) || (size >= WORD && !hasFunction(at, group));
      if (isKept && size > 1 && !isAllDeclared(at, indexEnd(group)) && !isAllDeclared(at, group)) {
        const to = indexEnd(group);
        pieces.push(piece("name", at, to));
        isWord ||= !declared.has(textOf(at, to));
        at = to;
        continue;
      }
    }
    const first = letters[at]?.text ?? "";
    if (!LETTER.test(first)) {
      // A number behind the name of a function, as in sin2x.
      let to = at;
      while (/^\p{Nd}$/u.test(letters[to]?.text ?? "")) to++;
      if (to === at) return whole();
      pieces.push(piece("number", at, to));
      at = to;
      continue;
    }
    const made = declaredAt(at);
    const [applied, name] = functionAt(at) ?? [at, ""];
    const constant = INNER_CONSTANTS.find((each) => textOf(at, at + each.length) === each);
    // A difference such as Δx is one name.
    const letter = first === "Δ" && LETTER.test(letters[at + 1]?.text ?? "") ? at + 2 : at + 1;
    const plain = indexEnd(letter);
    const isSigma = first === "σ" && plain === last && plain === at + 1 && following.isBracket;
    if (isSigma && made === at) pieces.push(piece("function", at, plain, "σ"));
    else if (made > at && made >= applied && made >= plain) pieces.push(piece("name", at, made));
    else if (applied > plain || (applied > at && applied === plain)) {
      pieces.push(piece("function", at, applied, name));
    } else if (constant !== undefined && at + constant.length >= plain) {
      pieces.push(piece("name", at, at + constant.length));
    } else pieces.push(piece("name", at, Math.max(made, plain)));
    at = pieces.at(-1) === undefined ? last : indexOf(letters, pieces.at(-1)?.end ?? 0);
  }
  return { pieces, isWord: isWord && pieces.length === 1 };
}

function indexOf(letters: readonly Letter[], end: number): number {
  return letters.findIndex((each) => each.end === end) + 1;
}

/** True of runs of Latin and Greek letters, digits and indices: only these are cut. */
function isCuttable(letters: readonly Letter[]): boolean {
  return letters.every(({ text }, i) => {
    // An index in braces is one letter of the run, behind its sign.
    const isIndex = i === letters.length - 1 && letters[i - 1]?.text === "_";
    return isCuttableLetter(text) ? i > 0 || text !== "_" : isIndex;
  });
}

function isCuttableLetter(text: string): boolean {
  return LATIN.test(text) || GREEK.test(text) || /^[\p{Nd}_₀-₉]$/u.test(text);
}
