/**
 * The tokens of a typed function: numbers, names and signs, each with its position.
 */

import { trouble } from "./trouble.ts";

/** A part of a text: the index of its first character, and the index after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A letter, digit or sign of a name, normalised, with its position in the text. */
export interface Letter extends Span {
  readonly text: string;
}

export interface Token extends Span {
  readonly kind: "number" | "name" | "function" | "sign" | "exponent" | "line" | "end";
  /** The normalised text: each sign in one form, names composed (NFC), and exponents in plain digits. */
  readonly text: string;
  /** True if a space is before it. */
  readonly isApart: boolean;
  /** The letters of a name, between which it can be split. */
  readonly letters?: readonly Letter[];
  /** The value of a fraction such as ½. */
  readonly value?: number;
}

/** A name: letters of any script, and after the first also digits and subscript digits. */
const NAME = /[\p{L}_][\p{L}\p{Nd}_₀-₉]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+−-]?\d+)?/y;
const EXPONENT = /⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/y;
const SPACE = /[^\S\n]+/y;
/** An index in braces, as in TeX, after the sign `_` of a name. */
const BRACED = /\{([\p{L}\p{Nd}]+)\}/uy;
/** A command of TeX, with the spaces that end its name. */
const COMMAND = /\\(?:([a-zA-Z]+)[^\S\n]*|.)/y;
/** An index after a command: `\alpha_1`. */
const INDEX = /_(?:[\p{L}\p{Nd}]|\{[\p{L}\p{Nd}]+\})/uy;

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const FRACTIONS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    "½": 1 / 2,
    "⅓": 1 / 3,
    "⅔": 2 / 3,
    "¼": 1 / 4,
    "¾": 3 / 4,
    "⅕": 1 / 5,
    "⅙": 1 / 6,
    "⅛": 1 / 8,
  }),
);

/** Signs with the same meaning, also the wide signs of East Asian keyboards. */
const SIGNS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "+": "+＋",
    "−": "-−–－﹣",
    "×": "*×·⋅∙•✕＊",
    "/": "/÷／∕",
    "^": "^＾",
    "(": "(（[",
    ")": ")）]",
    "{": "{",
    "}": "}",
    "|": "|∣｜",
    ",": ",，",
    "=": "=＝",
    "√": "√",
  }).flatMap(([sign, forms]) => [...forms].map((form) => [form, sign] as const)),
);

/** Commands of TeX that are signs, or that mean nothing or a space. */
const COMMANDS: Readonly<Record<string, string>> = {
  cdot: "×",
  times: "×",
  ast: "×",
  div: "/",
  frac: "frac",
  dfrac: "frac",
  tfrac: "frac",
  sqrt: "√",
  lvert: "|",
  rvert: "|",
  vert: "|",
};
const SILENT = new Set(["left", "right", "displaystyle", "big", "Big"]);
const SPACES = new Set(["quad", "qquad", ""]);
const GREEK = new Map(
  `alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta θ iota ι kappa κ lambda λ mu μ nu ν
  xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π
  Sigma Σ Phi Φ Psi Ψ Omega Ω`
    .split(/\s+/)
    .flatMap((word, i, words) => (i % 2 === 0 ? [[word, words[i + 1] ?? ""] as const] : [])),
);

/**
 * Signs of operations without a slope, or of derivatives, which the graph itself shows, with the kind of trouble for
 * each.
 */
const REFUSED: Readonly<Record<string, "factorial" | "derivative" | "steps">> = {
  "!": "factorial",
  "'": "derivative",
  "’": "derivative",
  "′": "derivative",
  "∂": "derivative",
  "⌊": "steps",
  "⌈": "steps",
};

/** The end of a line: a line break or a semicolon. */
const LINE_END = /[\n;；]/;

/** Splits a text into tokens. Each token is read once, from left to right, so the time is proportional to the text. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let isApart = false;
  /** The number of next arguments of a TeX fraction, each of which may be a single digit: `\frac12`. */
  let singles = 0;
  const match = (pattern: RegExp, from = at): RegExpExecArray | null => {
    pattern.lastIndex = from;
    return pattern.exec(text);
  };
  const push = (
    kind: Token["kind"],
    written: string,
    read = written,
    more: Pick<Token, "letters" | "value"> = {},
  ) => {
    tokens.push({ kind, text: read, start: at, end: at + written.length, isApart, ...more });
    at += written.length;
    isApart = false;
  };
  while (at < text.length) {
    const space = match(SPACE)?.[0];
    if (space !== undefined) {
      at += space.length;
      isApart = true;
      continue;
    }
    const letter = text[at] ?? "";
    if (letter === "$") {
      at++;
      continue;
    }
    if (letter === "\\") {
      const [written = letter, word = ""] = match(COMMAND) ?? [];
      const sign = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
      if (sign !== undefined) push("sign", written, sign);
      else if (SILENT.has(word) || /^\\[()[\]]/.test(written)) at += written.length;
      else if (SPACES.has(word)) {
        at += written.length;
        isApart = true;
      } else if (word === "partial") throw trouble("derivative", [], spanAt(at, written));
      else {
        const name = GREEK.get(word) ?? word;
        const index = match(INDEX, at + written.trimEnd().length)?.[0] ?? "";
        const whole = index === "" ? written : written.trimEnd() + index;
        const read = name + index.replace(/[{}]/g, "");
        push("name", whole, read, { letters: [{ text: read, ...spanAt(at, whole) }] });
      }
      if (sign === "frac") singles = 2;
      continue;
    }
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
      if (sign === "{") singles = 0;
      continue;
    }
    const fraction = FRACTIONS.get(letter);
    if (fraction !== undefined) {
      push("number", letter, letter, { value: fraction });
      continue;
    }
    const number = singles > 0 && /\d/.test(letter) ? letter : match(NUMBER)?.[0];
    if (number !== undefined) {
      // The page writes exponents with a typographic minus.
      push("number", number, number.replace("−", "-"));
      singles--;
      continue;
    }
    const exponent = match(EXPONENT)?.[0];
    if (exponent !== undefined) {
      push("exponent", exponent, exponent.replace(/./gu, plainDigit));
      continue;
    }
    const refused = REFUSED[letter];
    if (refused !== undefined) throw trouble(refused, [], spanAt(at, letter));
    const name = nameAt(text, at);
    if (name === undefined) {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      throw trouble("unknown", [character], spanAt(at, character));
    }
    const braced = name.endsWith("_") ? match(BRACED, at + name.length) : null;
    const written = name + (braced?.[0] ?? "");
    const letters = lettersOf(name, at);
    if (braced !== null) {
      const from = at + name.length;
      letters.push({ text: braced[1] ?? "", start: from, end: from + braced[0].length });
    }
    push("name", written, letters.map((each) => each.text).join(""), { letters });
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length, isApart });
  return tokens;
}

function spanAt(start: number, { length }: string): Span {
  return { start, end: start + length };
}

/** Returns the letters of a name; the whole name as one letter if its letters compose with each other, as jamo do. */
function lettersOf(name: string, at: number): Letter[] {
  const letters: Letter[] = [];
  for (const [cluster] of name.matchAll(/\P{M}\p{M}*/gu)) {
    const start = letters.at(-1)?.end ?? at;
    letters.push({ text: cluster.normalize(), start, end: start + cluster.length });
  }
  const whole = name.normalize();
  const isSame = letters.map(({ text }) => text).join("") === whole;
  return isSame ? letters : [{ text: whole, ...spanAt(at, name) }];
}

function plainDigit(raised: string): string {
  return raised === "⁻" ? "-" : String(RAISED.indexOf(raised));
}

/** Returns the typed name at a position, which may be in decomposed form: 사과 in jamo, é as e and an accent. */
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
  // Some letters normalise to a letter and a mark, such as U+FB2A: a name ends before them.
  const letters = [...plain];
  const length = letters.findIndex((letter) => /\p{M}/u.test(letter.normalize()));
  return length > 0 ? letters.slice(0, length).join("") : undefined;
}

/** True if a name has no marks after composition. */
function isComposed(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{Nd}_₀-₉]*$/u.test(name.normalize());
}
