/**
 * The words of a formula: a run of letters is one name, or is split into names, functions and numbers, such as `mc` and
 * `2πr`.
 */

import { CONSTANTS, functionOf } from "./functions.ts";
import type { Letter, Span, Token } from "./tokens.ts";

/** A part of a run. */
export interface Piece extends Span {
  readonly kind: "name" | "function" | "number";
  /** The normalised name; for a function, its name in the table of functions. */
  readonly text: string;
}

/** The reading of a run of letters. */
export interface Run {
  readonly pieces: readonly Piece[];
  /** True if it is one name only because it looks like a word. */
  readonly isWord: boolean;
}

/** The most letters of a name or an index within a run, so that the time is proportional to the run. */
const LONGEST = 32;
const LONGEST_FUNCTION = 8;

/** The number of letters from which on a run is taken for a word: `price`. */
const WORD = 4;

/**
 * Runs that are kept as one name: short words, names of Greek letters, and words that contain a function's name, such
 * as `cos` in cost.
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

/** The constants that may be within a run. */
const INNER_CONSTANTS = ["pi", "π", "e"];

const LATIN = /^[\p{Script=Latin}]$/u;
const GREEK = /^[\p{Script=Greek}]$/u;
const LETTER = /^\p{L}$/u;
/** An index: digits, subscript digits, or the text after the sign `_`. */
const INDEX = /^(?:[₀-₉]+|\p{Nd}+|_(?:\p{Nd}+|\p{L}+\p{Nd}*|[₀-₉]+))/u;

/** The context of a run: the text after it decides whether a function's name at its end is a function. */
export interface Following {
  /** True if a bracket follows at once. */
  readonly isBracket: boolean;
  /** True if the text that follows can be the argument of a function. */
  readonly isArgument: boolean;
}

/**
 * Splits a run of letters.
 *
 * @param declared the names that lines of the text define.
 */
export function runOf(token: Token, declared: ReadonlySet<string>, following: Following): Run {
  const { letters = [], text } = token;
  const cutter = new Cutter(letters, declared, following);
  const whole = (kind: Piece["kind"], name = text): Run => ({
    pieces: [cutter.piece(kind, 0, letters.length, name)],
    isWord: false,
  });
  if (declared.has(text) || CONSTANTS.has(text)) return whole("name");
  const named = functionOf(text, following.isBracket);
  // Without a bracket, σ is a name, such as a standard deviation.
  if (named !== undefined && (text !== "σ" || following.isBracket)) return whole("function", named);
  return isCuttable(letters) ? (cutter.cut() ?? whole("name")) : whole("name");
}

/** Splits one run from the left. */
class Cutter {
  readonly #letters: readonly Letter[];
  readonly #declared: ReadonlySet<string>;
  readonly #following: Following;

  constructor(letters: readonly Letter[], declared: ReadonlySet<string>, following: Following) {
    this.#letters = letters;
    this.#declared = declared;
    this.#following = following;
  }

  piece(kind: Piece["kind"], from: number, to: number, text = this.#text(from, to)): Piece {
    const [start = 0, end = 0] = [this.#letters[from]?.start, this.#letters[to - 1]?.end];
    return { kind, text, start, end };
  }

  /** Returns the run in its pieces; undefined if it cannot be split. */
  cut(): Run | undefined {
    const pieces: Piece[] = [];
    let isWord = false;
    let [at, groupEnd] = [0, 0];
    while (at < this.#letters.length) {
      let end = at;
      if (at >= groupEnd) {
        groupEnd = this.#groupEnd(at);
        if (this.#isWord(at, groupEnd)) {
          end = this.#indexEnd(groupEnd);
          pieces.push(this.piece("name", at, end));
          isWord ||= !this.#declared.has(this.#text(at, end));
        }
      }
      if (end === at) {
        const next = this.#next(at);
        if (next === undefined) return undefined;
        const [kind, to, name] = next;
        end = to;
        pieces.push(this.piece(kind, at, end, name));
      }
      at = end;
    }
    return { pieces, isWord: isWord && pieces.length === 1 };
  }

  /**
   * Returns the longest part that can begin at a letter: a declared name, a function, a constant, or a letter with its
   * index.
   */
  #next(at: number): readonly [kind: Piece["kind"], to: number, name?: string] | undefined {
    const first = this.#letters[at]?.text ?? "";
    if (!LETTER.test(first)) {
      // The number after the name of a function, as in sin2x.
      const [digits = ""] = /^\p{Nd}+/u.exec(this.#text(at, at + LONGEST)) ?? [];
      return digits === "" ? undefined : ["number", at + [...digits].length];
    }
    const declared = this.#declaredEnd(at);
    const isLast = at + 1 === this.#letters.length;
    if (first === "σ" && isLast && declared === at && this.#following.isBracket) {
      return ["function", at + 1];
    }
    const [applied, name] = this.#functionAt(at) ?? [at, ""];
    const constant = INNER_CONSTANTS.find((each) => this.#text(at, at + each.length) === each);
    // A difference such as Δx is one name.
    const isDifference = first === "Δ" && LETTER.test(this.#letters[at + 1]?.text ?? "");
    const candidates = [
      ["name", declared],
      ["function", applied, name],
      ["name", at + (constant?.length ?? 0)],
      ["name", this.#indexEnd(at + (isDifference ? 2 : 1))],
    ] as const;
    const longest = Math.max(...candidates.map(([, to]) => to));
    return candidates.find(([, to]) => to === longest);
  }

  /** True if letters are a word and not a sequence of declared names. */
  #isWord(from: number, end: number): boolean {
    const isKept = KEPT.has(this.#text(from, end).toLowerCase());
    const isLong = end - from >= WORD && !this.#hasFunction(from, end);
    if (end - from < 2 || !(isKept || isLong)) return false;
    return !this.#isAllDeclared(from, this.#indexEnd(end)) && !this.#isAllDeclared(from, end);
  }

  #text(from: number, to: number): string {
    const letters = this.#letters.slice(from, to);
    return letters.map(({ text }) => text).join("");
  }

  /** Returns the end of the longest declared name at an index; the index itself if there is none. */
  #declaredEnd(from: number): number {
    let to = Math.min(this.#letters.length, from + LONGEST);
    while (to > from && !this.#declared.has(this.#text(from, to))) to--;
    return to;
  }

  #isAllDeclared(from: number, end: number): boolean {
    let at = from;
    while (at < end) {
      const to = this.#declaredEnd(at);
      if (to === at) return false;
      at = to;
    }
    return true;
  }

  /** Returns the end and the name of the longest function name at an index that can have an argument. */
  #functionAt(from: number): readonly [number, string] | undefined {
    const last = this.#letters.length;
    const { isBracket, isArgument } = this.#following;
    for (let to = Math.min(last, from + LONGEST_FUNCTION); to > from + 1; to--) {
      const name = functionOf(this.#text(from, to), false);
      if (name === undefined) continue;
      const isPair = name === "max" || name === "min";
      if (isPair ? to === last && isBracket : to < last || isArgument) return [to, name];
    }
    return undefined;
  }

  #hasFunction(from: number, end: number): boolean {
    for (let at = from; at < end; at++) if (this.#functionAt(at) !== undefined) return true;
    return false;
  }

  /** Returns the end of the letters of one script, from an index on, which may be a word. */
  #groupEnd(from: number): number {
    const script = [LATIN, GREEK].find((each) => each.test(this.#letters[from]?.text ?? ""));
    const isInside = (letter = "") => script?.test(letter) === true && letter !== "π";
    let to = from;
    while (isInside(this.#letters[to]?.text)) to++;
    return Math.max(to, from + 1);
  }

  /** Returns the end of the index at a position; the position itself if there is none. */
  #indexEnd(from: number): number {
    const [index = ""] = INDEX.exec(this.#text(from, from + LONGEST)) ?? [];
    let [to, length] = [from, 0];
    while (length < index.length) length += this.#letters[to++]?.text.length ?? 1;
    return to;
  }
}

/** True if a run has only Latin and Greek letters, digits and indices: other runs are not split. */
function isCuttable(letters: readonly Letter[]): boolean {
  return letters.every(({ text }, i) => {
    // An index in braces is one letter of the run, after the sign `_`.
    const isIndex = i === letters.length - 1 && letters[i - 1]?.text === "_";
    return isCuttableLetter(text) ? i > 0 || text !== "_" : isIndex;
  });
}

function isCuttableLetter(text: string): boolean {
  return LATIN.test(text) || GREEK.test(text) || /^[\p{Nd}_₀-₉]$/u.test(text);
}
