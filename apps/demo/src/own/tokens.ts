/**
 * The words of a function that a person types: numbers, names and signs, each with its position.
 */

import { trouble } from "./trouble.ts";

/** A part of a text: the indices of its first character and behind its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Token extends Span {
  readonly kind: "number" | "name" | "sign" | "exponent" | "line" | "end";
  /** A sign in the one form in which the parser knows it, a name composed (NFC), an exponent in plain digits. */
  readonly text: string;
  /** True if a space stands in front of it. */
  readonly isApart: boolean;
}

/** Letters of any script, behind the first also digits and those below the line. */
const NAME = /[\p{L}_][\p{L}\p{Nd}_₀-₉]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+−-]?\d+)?/y;
const EXPONENT = /⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/y;
const SPACE = /[^\S\n]+/y;

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Signs of one meaning. Keyboards of East Asia also have the wide ones. */
const SIGNS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "+": "+＋",
    "−": "-−–－﹣",
    "×": "*×·⋅∙✕＊",
    "/": "/÷／∕",
    "^": "^＾",
    "(": "(（",
    ")": ")）",
    ",": ",，",
    "=": "=＝",
    "√": "√",
  }).flatMap(([sign, forms]) => [...forms].map((form) => [form, sign] as const)),
);

/** The end of a line: a line break or a semicolon. */
const LINE_END = /[\n;；]/;

/** Splits a text into tokens. Each token is read once, from left to right, so the time is proportional to the text. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let isApart = false;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: Token["kind"], written: string, read = written) => {
    tokens.push({ kind, text: read, start: at, end: at + written.length, isApart });
    at += written.length;
    isApart = false;
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space !== undefined) {
      at += space.length;
      isApart = true;
      continue;
    }
    const letter = text[at] ?? "";
    if (LINE_END.test(letter)) {
      push("line", letter);
      continue;
    }
    if (text.startsWith("**", at)) {
      push("sign", "**", "^");
      continue;
    }
    const sign = SIGNS.get(letter);
    if (sign !== undefined) {
      push("sign", letter, sign);
      continue;
    }
    const number = match(NUMBER);
    if (number !== undefined) {
      // The page writes exponents with a minus of typography.
      push("number", number, number.replace("−", "-"));
      continue;
    }
    const exponent = match(EXPONENT);
    if (exponent !== undefined) {
      push("exponent", exponent, exponent.replace(/./gu, plainDigit));
      continue;
    }
    const name = nameAt(text, at);
    if (name === undefined) {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      throw trouble("unknown", [character], { start: at, end: at + character.length });
    }
    push("name", name, name.normalize());
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length, isApart });
  return tokens;
}

function plainDigit(raised: string): string {
  return raised === "⁻" ? "-" : String(RAISED.indexOf(raised));
}

/** Returns the name at a position as it is typed, which may be decomposed: 사과 in jamo, é as e and an accent. */
function nameAt(text: string, at: number): string | undefined {
  NAME.lastIndex = at;
  const plain = NAME.exec(text)?.[0];
  const end = at + (plain?.length ?? 0);
  if (plain === undefined) return undefined;
  // Marks compose with the letter before them.
  if (/^\p{M}/u.test(text.slice(end, end + 2))) {
    const whole = /^(?:[\p{L}\p{Nd}_₀-₉]\p{M}*)+/u.exec(text.slice(at))?.[0] ?? plain;
    if (isComposed(whole)) return whole;
  }
  if (isComposed(plain)) return plain;
  // Some letters are a letter and a mark when composed, as U+FB2A is: a name ends before them.
  const letters = [...plain];
  const length = letters.findIndex((letter) => /\p{M}/u.test(letter.normalize()));
  return length > 0 ? letters.slice(0, length).join("") : undefined;
}

/** True if a name has letters alone when it is composed. */
function isComposed(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{Nd}_₀-₉]*$/u.test(name.normalize());
}
