/**
 * A Pratt parser for calculations as people write them: `3x`, `x²`, `√`, `^` from the right, −x² as −(x²). Nothing is
 * evaluated: the text becomes a tree.
 *
 * Signs bind by these strengths, from loose to close: sums; products and quotients with a sign; a minus in front;
 * products without a sign, so that 1/2x is 1/(2x); powers. A root takes what powers bind.
 */

import { CONSTANTS, FUNCTIONS, type Operation, SIGNED } from "./functions.ts";
import type { Span, Token } from "./tokens.ts";
import { leafOf, type Tree } from "./tree.ts";
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

/** Brackets, functions, signs in front and powers within each other: each takes a call of the parser. */
export const DEEPEST = 60;

/** A name that is one letter, with digits behind it, may stand in front of a bracket: `x(y + 1)`, `w1(x + 1)`. */
const LETTER = /^\p{L}[\p{Nd}_₀-₉]*$/u;

/** Parses tokens from one on, up to the end of the line; the name of a calculation is read by the caller. */
export class Parser {
  readonly #tokens: readonly Token[];
  #at: number;
  #depth = 0;

  constructor(tokens: readonly Token[], from: number) {
    this.#tokens = tokens;
    this.#at = from;
  }

  /** The index of the next token. */
  get at(): number {
    return this.#at;
  }

  /** Returns a whole line. */
  line(): Tree {
    const tree = this.#calculation(0);
    const next = this.#next();
    if (isEnd(next)) return tree;
    if (next.text === ",") throw trouble("comma", [], next);
    throw trouble("misplaced", [next.text], next);
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

  /** Returns a calculation whose signs all bind more closely than a strength. */
  #calculation(loosest: number): Tree {
    this.#depth++;
    if (this.#depth > DEEPEST) throw trouble("deep", [DEEPEST], this.#next());
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
        // From the right for powers, and a minus may stand in front of theirs.
        const right = this.#calculation(
          infix.operation === SIGNED.pow ? POWER - 1 : infix.strength,
        );
        left = applied(infix.operation, [left, right], left, right);
      } else if (this.#startsFactor(next)) {
        if (ADJACENT <= loosest) break;
        this.#checkAdjacent(next);
        const right = this.#calculation(ADJACENT);
        left = applied(SIGNED.mul, [left, right], left, right);
      } else break;
    }
    this.#depth--;
    return left;
  }

  #startsFactor({ kind, text }: Token): boolean {
    return kind === "name" || kind === "number" || (kind === "sign" && /^[(√]$/.test(text));
  }

  /** Two parts side by side are a product, unless a sign was probably forgotten or a function was meant. */
  #checkAdjacent(next: Token): void {
    const before = this.#tokens[this.#at - 1];
    if (before === undefined) return;
    if (next.kind === "number") {
      throw trouble("apart", [before.text, next.text], { start: before.start, end: next.end });
    }
    const isName = before.kind === "name" && !CONSTANTS.has(before.text);
    if (next.text === "(" && isName && !LETTER.test(before.text)) {
      throw trouble("noFunction", [before.text], before);
    }
  }

  /** Reads the first part of a calculation: a number, a name, a bracket, a function, a root or a minus. */
  #first(loosest: number): Tree {
    const token = this.#next();
    if (isEnd(token)) throw trouble("unfinished", [], token);
    this.#at++;
    if (token.kind === "number") {
      const value = Number(token.text);
      if (!Number.isFinite(value)) throw trouble("notFinite", [], token);
      return { kind: "number", value, ...spanOf(token) };
    }
    if (token.kind === "name") return this.#named(token);
    if (token.text === "(") {
      const inner = this.#calculation(0);
      this.#close(token);
      return inner;
    }
    if (token.text === "−") {
      // In an exponent it takes no product: x^−2y is (x^−2) · y.
      const inner = this.#calculation(Math.max(MINUS, loosest));
      return applied(SIGNED.neg, [inner], token, inner);
    }
    if (token.text === "√") {
      const inner = this.#calculation(ADJACENT);
      const root = FUNCTIONS.get("sqrt");
      if (root === undefined) throw new Error("there is a root");
      return applied(root, [inner], token, inner, "sqrt");
    }
    if (token.text === ",") throw trouble("comma", [], token);
    throw trouble("misplaced", [token.text], token);
  }

  #named(token: Token): Tree {
    const operation = FUNCTIONS.get(token.text);
    if (operation === undefined) return leafOf(token.text, token);
    const open = this.#next();
    if (!this.#is("(")) throw trouble("brackets", [token.text], token);
    this.#at++;
    const parts = [this.#calculation(0)];
    while (this.#is(",")) {
      this.#at++;
      parts.push(this.#calculation(0));
    }
    const end = this.#close(open);
    if (parts.length !== operation.count) {
      throw trouble("count", [token.text, operation.count], { start: token.start, end: end.end });
    }
    return applied(operation, parts, token, end, token.text);
  }

  #close(open: Token): Token {
    const token = this.#next();
    if (isEnd(token)) throw trouble("unclosed", [], open);
    if (!this.#is(")")) {
      if (token.text === ",") throw trouble("comma", [], token);
      throw trouble("misplaced", [token.text], token);
    }
    this.#at++;
    return token;
  }
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
