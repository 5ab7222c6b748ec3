/**
 * A Pratt parser for calculations as people write them: `3x`, `x²`, `√`, `sin 2x`, `^` from the right, −x² as −(x²).
 * Nothing is evaluated: the result is a tree, and a choice for each ambiguity.
 *
 * The precedences, from low to high, are those of sums; products and quotients with a sign; a sign in front; products
 * without a sign; powers. The operand of a root is a power. A factor after a space, or a bracket after a quotient of
 * two numbers, ends a denominator: 1/2x is 1/(2x), 1/2 x is (1/2)x.
 */

import { OPENS } from "./bars.ts";
import {
  type Alternative,
  alternative,
  type Choice,
  type ChoiceKind,
  type Edit,
  inserted,
  withLine,
} from "./choices.ts";
import { CONSTANTS, FUNCTIONS, type Operation, RECIPROCALS, SIGNED } from "./functions.ts";
import type { Span, Token } from "./tokens.ts";
import { inlined, leafOf, type Tree } from "./tree.ts";
import { trouble } from "./trouble.ts";

const SUM = 1;
const PRODUCT = 2;
const MINUS = 3;
const ADJACENT = 4;
const POWER = 5;

const INFIX: Readonly<
  Record<string, { readonly strength: number; readonly operation: Operation }>
> = {
  "+": { strength: SUM, operation: SIGNED.add },
  "−": { strength: SUM, operation: SIGNED.sub },
  "×": { strength: PRODUCT, operation: SIGNED.mul },
  "/": { strength: PRODUCT, operation: SIGNED.div },
  "^": { strength: POWER, operation: SIGNED.pow },
};

/** The deepest nesting of brackets, functions, signs and powers, since each is a recursive call of the parser. */
export const DEEPEST = 60;

/**
 * A name of one letter, also with an index, which may be a factor before a bracket: `x(y + 1)`, `w1(x + 1)`, `v_x(t)`.
 */
const LETTER = /^Δ?\p{L}(?:[\p{Nd}₀-₉]*|_[\p{L}\p{Nd}₀-₉]+)$/u;

/** The functions whose inverse has a name. */
const INVERSES: ReadonlyMap<string, string> = new Map([
  ["sin", "arcsin"],
  ["cos", "arccos"],
  ["tan", "arctan"],
]);

/** A function that a line of the text defines: `f(x) = x²`. */
export interface Definition {
  readonly parameters: readonly string[];
  readonly body: Tree;
}

/** The context of a line: the whole text, and its names. */
export interface Context {
  readonly text: string;
  /** Names that a line defines. */
  readonly declared: ReadonlySet<string>;
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Names that a line defines, or that occur without a bracket after them: a bracket after such a name is a factor. */
  readonly plain: ReadonlySet<string>;
  /** The most operations of a tree. */
  readonly most: number;
  readonly choices: Choice[];
}

/** A parser of one line, which begins at a token after the name that the line defines. */
export class Parser {
  readonly #tokens: readonly Token[];
  readonly #context: Context;
  #at: number;
  #depth = 0;
  /** The ends of factors without a sign before them, by their starts: indices of tokens. */
  readonly #ends = new Map<number, number>();
  /** The ends of denominators, by the indices of their slashes. */
  readonly #unders = new Map<number, number>();
  /** Functions that add choices once the whole line is read, when the extent of the choices is known. */
  readonly #later: (() => void)[] = [];

  constructor(tokens: readonly Token[], from: number, context: Context) {
    this.#tokens = tokens;
    this.#at = from;
    this.#context = context;
  }

  /** Parses a whole line. */
  line(): Tree {
    const tree = this.#calculation(0);
    const next = this.#next();
    if (!isEnd(next)) {
      if (next.text === ",") throw this.#comma();
      throw trouble("misplaced", [this.#written(next)], next);
    }
    for (const note of this.#later) note();
    return tree;
  }

  #next(): Token {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error("tokens end with their end");
    return token;
  }

  #is(sign: string): boolean {
    const { kind, text } = this.#next();
    return kind === "sign" && text === sign;
  }

  /** Parses a calculation whose signs all have a higher precedence than `loosest`. */
  #calculation(loosest: number): Tree {
    this.#depth++;
    if (this.#depth > DEEPEST) throw trouble("deep", [DEEPEST], this.#next());
    const from = this.#at;
    let left = this.#first(loosest);
    for (;;) {
      const next = this.#next();
      const infix = next.kind === "sign" ? INFIX[next.text] : undefined;
      if (next.kind === "exponent") {
        if (POWER <= loosest) break;
        this.#at++;
        const power = { kind: "number", value: Number(next.text), ...spanOf(next) } as const;
        left = applied(SIGNED.pow, [left, power], left, next);
      } else if (infix !== undefined) {
        if (infix.strength <= loosest) break;
        this.#at++;
        const right = this.#right(infix, from);
        left = applied(infix.operation, [left, right], left, right);
      } else if (this.#startsFactor(next)) {
        if (ADJACENT <= loosest) break;
        const right = this.#factor();
        left = applied(SIGNED.mul, [left, right], left, right);
      } else break;
    }
    this.#depth--;
    return left;
  }

  #right({ strength, operation }: (typeof INFIX)[string], from: number): Tree {
    if (operation === SIGNED.div) return this.#denominator(from);
    if (operation !== SIGNED.pow) return this.#calculation(strength);
    // Powers associate to the right, and an exponent may begin with a minus.
    const start = this.#at;
    const power = this.#calculation(POWER - 1);
    if (power.kind === "name") this.#noteFactors(from, start);
    return power;
  }

  /** Reads a factor without a sign in front of it. */
  #factor(): Tree {
    this.#checkAdjacent();
    const start = this.#at;
    const tree = this.#calculation(ADJACENT);
    this.#ends.set(start, this.#at);
    return tree;
  }

  /** Reads a denominator: a factor, and the factors that follow it without a space. */
  #denominator(from: number): Tree {
    const start = this.#at;
    let tree = this.#calculation(ADJACENT);
    const first = this.#at;
    const isRatio = this.#isNumber(start - 2) && this.#isNumber(start) && first === start + 1;
    while (this.#touches() && !(isRatio && this.#at === first && this.#is("("))) {
      const right = this.#factor();
      tree = applied(SIGNED.mul, [tree, right], tree, right);
    }
    const end = this.#at;
    this.#unders.set(start - 1, end);
    if (end > first) {
      const read = `${this.#slice(from, start)}(${this.#slice(start, end)})`;
      this.#note("under", from, end, read, [[this.#before(from, "("), this.#behind(first, ")")]]);
    }
    if (this.#startsFactor(this.#next())) {
      this.#later.push(() => {
        const far = this.#factorsFrom(end);
        const read = `(${this.#slice(from, end)}) · ${this.#slice(end, far)}`;
        this.#note("beside", from, far, read, [[this.#before(start, "("), this.#behind(far, ")")]]);
      });
    }
    return tree;
  }

  /** True if a token is a plain number and not an exponent. */
  #isNumber(at: number): boolean {
    const before = this.#tokens[at - 1];
    const sign = before?.text === "−" ? this.#tokens[at - 2] : before;
    return this.#tokens[at]?.kind === "number" && sign?.text !== "^";
  }

  #startsFactor({ kind, text }: Token): boolean {
    if (kind === "sign") return ["(", "√", "{", "frac", OPENS].includes(text);
    return kind === "name" || kind === "number" || kind === "function";
  }

  /** True if a factor follows without a space. */
  #touches(): boolean {
    const next = this.#next();
    return this.#startsFactor(next) && !next.isApart;
  }

  /**
   * Checks that two parts side by side are a product: a sign may be missing between them, or a function may be meant.
   */
  #checkAdjacent(): void {
    const [before, next] = [this.#tokens[this.#at - 1], this.#next()];
    if (before === undefined) return;
    if (next.kind === "number") {
      const words = [this.#written(before), this.#written(next)] as const;
      throw trouble("apart", words, { start: before.start, end: next.end });
    }
    const isName = before.kind === "name" && !CONSTANTS.has(before.text);
    if (next.text !== "(" || !isName) return;
    const { text, plain } = this.#context;
    if (!LETTER.test(before.text)) {
      const product = alternative(text, { ...spanOf(before), end: next.end }, [
        inserted(before.end, "·"),
      ]);
      throw trouble("noFunction", [before.text], before, [product]);
    }
    if (next.isApart || plain.has(before.text)) return;
    const at = this.#at;
    this.#later.push(() => {
      const end = this.#ends.get(at) ?? at + 1;
      const parameter = before.text === "x" ? "t" : "x";
      const others = [withLine(text, `${before.text}(${parameter}) = ${parameter}`)];
      const read = `${before.text} · ${this.#slice(at, end)}`;
      this.#choose("product", at - 1, end, read, others);
    });
  }

  /** Reads the first part of a calculation: a number, a name, a bracket, a function, a root or a leading sign. */
  #first(loosest: number): Tree {
    const token = this.#next();
    if (isEnd(token)) throw trouble("unfinished", [], token);
    this.#at++;
    if (token.kind === "number") {
      if (token.value !== undefined) {
        return { kind: "number", value: token.value, name: token.text, ...spanOf(token) };
      }
      const value = Number(token.text);
      if (!Number.isFinite(value)) throw trouble("notFinite", [], token);
      return { kind: "number", value, ...spanOf(token) };
    }
    if (token.kind === "name") return this.#named(token);
    if (token.kind === "function") return this.#function(token);
    if (token.text === "(") return this.#bracket(token, ")");
    if (token.text === "{") return this.#bracket(token, "}");
    if (token.text === OPENS) {
      const inner = this.#calculation(0);
      return applied(functionNamed("abs"), [inner], token, this.#close(token, "|)"), "abs");
    }
    if (token.text === "−") {
      // In an exponent, a minus does not apply to a product: x^−2y is (x^−2) · y.
      const inner = this.#calculation(Math.max(MINUS, loosest));
      return applied(SIGNED.neg, [inner], token, inner);
    }
    if (token.text === "+") return this.#calculation(Math.max(MINUS, loosest));
    if (token.text === "√") return this.#root(token);
    if (token.text === "frac") {
      const [over, under] = [this.#calculation(ADJACENT), this.#calculation(ADJACENT)];
      return applied(SIGNED.div, [over, under], token, under);
    }
    if (token.text === ",") throw this.#comma(-1);
    throw trouble("misplaced", [this.#written(token)], token);
  }

  #bracket(open: Token, close: string): Tree {
    const inner = this.#calculation(0);
    this.#close(open, close);
    return inner;
  }

  /** Reads the operand of a root, and in TeX also a degree in brackets: `\sqrt[3]{x}`. */
  #root(token: Token): Tree {
    const isTex = this.#context.text[token.start] === "\\";
    let degree: Tree | undefined;
    if (isTex && this.#context.text[token.end] === "[") {
      const open = this.#next();
      this.#at++;
      degree = this.#bracket(open, ")");
    }
    const start = this.#at;
    const inner = this.#calculation(ADJACENT);
    if (degree !== undefined) {
      const one: Tree = { kind: "number", value: 1, ...spanOf(token) };
      const power = applied(SIGNED.div, [one, degree], degree, degree);
      return applied(SIGNED.pow, [inner, power], token, inner);
    }
    if (inner.kind !== "apply" && this.#at === start + 1) this.#noteFactors(start - 1, start);
    return applied(functionNamed("sqrt"), [inner], token, inner, "sqrt");
  }

  #named(token: Token): Tree {
    const { declared, definitions } = this.#context;
    const definition = definitions.get(token.text);
    if (definition !== undefined) return this.#call(token, definition);
    const at = this.#at;
    if (token.text === "σ" && !declared.has("σ") && this.#startsFactor(this.#next())) {
      this.#later.push(() => {
        const end = this.#ends.get(at) ?? at + 1;
        const edits = [this.#between(at, "("), this.#behind(end, ")")];
        this.#note("sigma", at - 1, end, `σ · ${this.#slice(at, end)}`, [edits]);
      });
    }
    return leafOf(token.text, token);
  }

  /** Reads a call of a function that a line defines, and returns its body with the arguments in place of parameters. */
  #call(token: Token, { parameters, body }: Definition): Tree {
    if (!this.#is("(")) throw trouble("brackets", [token.text], token);
    const open = this.#next();
    const parts = this.#arguments();
    const end = this.#close(open, ")");
    const span = { start: token.start, end: end.end };
    if (parts.length !== parameters.length) {
      throw trouble("count", [token.text, parameters.length], span);
    }
    const given = new Map(parameters.map((name, i) => [name, parts[i] ?? body]));
    const tree = inlined(body, given, this.#context.most);
    if (tree === undefined) throw trouble("large", [this.#context.most], span);
    return { ...tree, ...span };
  }

  /** Reads the calculations in a bracket, from its opening sign to its closing one. */
  #arguments(): Tree[] {
    this.#at++;
    const parts = [this.#calculation(0)];
    while (this.#is(",")) {
      this.#at++;
      parts.push(this.#calculation(0));
    }
    return parts;
  }

  #function(token: Token): Tree {
    const inverted = RECIPROCALS.get(token.text);
    const operation = functionNamed(inverted ?? token.text);
    const at = this.#at;
    const power = this.#powerOfFunction();
    const start = this.#at;
    const open = this.#next();
    let parts: readonly Tree[];
    if (this.#is("(") || this.#is("{")) {
      parts = this.#arguments();
      this.#close(open, open.text === "(" ? ")" : "}");
    } else if (operation.count === 1 && this.#startsFactor(open)) {
      parts = [this.#bareArgument(at, start)];
    } else throw trouble("brackets", [token.text], token);
    const end = this.#tokens[this.#at - 1] ?? open;
    const span = { start: token.start, end: end.end };
    if (parts.length !== operation.count) {
      throw trouble("count", [token.text, operation.count], span);
    }
    const call = applied(operation, parts, token, end, inverted ?? token.text);
    const one: Tree = { kind: "number", value: 1, ...spanOf(token) };
    const tree = inverted === undefined ? call : applied(SIGNED.div, [one, call], token, end);
    if (power === undefined) return tree;
    const isInverse =
      power.kind === "number"
        ? power.value === -1
        : power.kind === "apply" &&
          power.operation === SIGNED.neg &&
          power.parts[0]?.kind === "number" &&
          power.parts[0].value === 1;
    if (isInverse) throw this.#inverse(token, start, span);
    return applied(SIGNED.pow, [tree, power], token, end);
  }

  /** Reads the power between the name of a function and its argument: sin²x. */
  #powerOfFunction(): Tree | undefined {
    const next = this.#next();
    if (next.kind === "exponent") {
      this.#at++;
      return { kind: "number", value: Number(next.text), ...spanOf(next) };
    }
    if (!this.#is("^")) return undefined;
    this.#at++;
    return this.#calculation(POWER - 1);
  }

  /** Returns the trouble with sin⁻¹, which may mean the inverse or the reciprocal. */
  #inverse({ text }: Token, start: number, span: Span) {
    const written = this.#slice(start, this.#at);
    const isBracketed = this.#tokens[start]?.text === "(";
    const argument = isBracketed ? written : `(${written})`;
    const inverse = INVERSES.get(text);
    const words = [
      ...(inverse === undefined ? [] : [`${inverse}${argument}`]),
      `(1/${text}${argument})`,
    ];
    const others = words.map((by) => alternative(this.#context.text, span, [{ ...span, by }]));
    return trouble("inverse", [text], span, others);
  }

  /**
   * Reads the argument of a function without brackets: the factors without spaces between them, up to another function.
   */
  #bareArgument(at: number, start: number): Tree {
    let tree = this.#calculation(ADJACENT);
    const first = this.#at;
    const base = tree.kind === "apply" && tree.operation === SIGNED.pow ? tree.parts[0] : undefined;
    while (this.#touches() && this.#next().kind !== "number") {
      if (this.#next().kind === "function" && tree.kind !== "number") break;
      const right = this.#factor();
      tree = applied(SIGNED.mul, [tree, right], tree, right);
    }
    const end = this.#at;
    const next = this.#next();
    const opens = this.#between(start, "(");
    const others: Edit[][] = [];
    if (end > first) others.push([opens, this.#behind(first, ")")]);
    else if (base !== undefined && base.kind !== "apply")
      others.push([opens, inserted(base.end, ")")]);
    this.#later.push(() => {
      const isApart = this.#ends.has(end) && next.kind !== "function";
      const far = isApart ? this.#factorsFrom(end) : (this.#unders.get(end) ?? end);
      if (far > end) others.push([opens, this.#behind(far, ")")]);
      const call = `${this.#slice(at - 1, start)}(${this.#slice(start, end)})`;
      const rest = this.#slice(end, far);
      const read = `${call}${isApart ? " · " : ""}${rest}`;
      if (others.length > 0) this.#note("argument", at - 1, far, read, others);
    });
    return tree;
  }

  #close(open: Token, sign: string): Token {
    const token = this.#next();
    if (isEnd(token)) throw trouble("unclosed", [], open);
    if (!this.#is(sign)) {
      if (token.text === ",") throw this.#comma();
      throw trouble("misplaced", [this.#written(token)], token);
    }
    this.#at++;
    return token;
  }

  /** Returns the trouble with a comma: between two numbers it was probably meant as a decimal point. */
  #comma(by = 0) {
    const at = this.#at + by;
    const [left, comma, right] = [this.#tokens[at - 1], this.#tokens[at], this.#tokens[at + 1]];
    if (left?.kind === "number" && right?.kind === "number" && comma && !right.isApart) {
      const span = { start: left.start, end: right.end };
      // Before three digits, the comma may separate thousands.
      const signs = /^\d{3}$/.test(right.text) ? ["", "."] : ["."];
      const others = signs.map((by) =>
        alternative(this.#context.text, span, [{ ...spanOf(comma), by }]),
      );
      return trouble("decimal", [], span, others);
    }
    return trouble("comma", [], comma ?? this.#next());
  }

  /** Adds the choice that an exponent or a root has only one of several factors without spaces: `e^xy`. */
  #noteFactors(from: number, start: number): void {
    const end = this.#at;
    if (!this.#touches() || this.#next().kind === "number") return;
    this.#later.push(() => {
      const far = this.#factorsFrom(end, true);
      const read = `${this.#slice(from, end)} · ${this.#slice(end, far)}`;
      const edits = [this.#before(start, "("), this.#behind(far, ")")];
      this.#note("factor", from, far, read, [edits]);
    });
  }

  /**
   * Returns the end of the factors without signs from a token on; with `touching`, only of factors without spaces
   * between them.
   */
  #factorsFrom(start: number, touching = false): number {
    let at = start;
    for (;;) {
      const end = this.#ends.get(at);
      if (end === undefined || (touching && this.#tokens[at]?.isApart === true)) return at;
      at = end;
    }
  }

  #note(
    kind: ChoiceKind,
    from: number,
    to: number,
    read: string,
    others: readonly (readonly Edit[])[],
  ): void {
    const { text } = this.#context;
    const span = this.#span(from, to);
    this.#choose(
      kind,
      from,
      to,
      read,
      others.map((edits) => alternative(text, span, edits)),
    );
  }

  #choose(
    kind: ChoiceKind,
    from: number,
    to: number,
    read: string,
    others: readonly Alternative[],
  ): void {
    const typed = this.#slice(from, to);
    this.#context.choices.push({ kind, typed, read, others, ...this.#span(from, to) });
  }

  #span(from: number, to: number): Span {
    return { start: this.#tokens[from]?.start ?? 0, end: this.#tokens[to - 1]?.end ?? 0 };
  }

  /** Returns the words between two tokens. */
  #slice(from: number, to: number): string {
    const { start, end } = this.#span(from, to);
    return from >= to ? "" : this.#context.text.slice(start, end).trim();
  }

  #written({ start, end }: Token): string {
    return this.#context.text.slice(start, end);
  }

  #before(at: number, by: string): Edit {
    return inserted(this.#tokens[at]?.start ?? 0, by);
  }

  #behind(at: number, by: string): Edit {
    return inserted(this.#tokens[at - 1]?.end ?? 0, by);
  }

  /** Replaces the space in front of a token. */
  #between(at: number, by: string): Edit {
    return { start: this.#tokens[at - 1]?.end ?? 0, end: this.#tokens[at]?.start ?? 0, by };
  }
}

function functionNamed(name: string): Operation {
  const operation = FUNCTIONS.get(name);
  if (operation === undefined) throw new Error(`there is ${name}`);
  return operation;
}

function applied(
  operation: Operation,
  parts: readonly Tree[],
  from: Span,
  to: Span,
  typed?: string,
): Tree {
  const tree = { kind: "apply", operation, parts, start: from.start, end: to.end } as const;
  return typed === undefined ? tree : { ...tree, typed };
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}

export function isEnd({ kind }: Token): boolean {
  return kind === "end" || kind === "line";
}
